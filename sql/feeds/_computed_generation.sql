-- A computed feed is kept nowhere, and novelty fades between two pages. So its generation says as of when it was computed, and what came
-- out: the next page computes it again as of then, and knows whether it is still the same.
create or replace function jophiel._computed_generation(p_item_ids bigint[], p_at timestamptz)
  returns bigint
  language sql
  stable parallel safe
as $$
  -- 27 bits of milliseconds (37 hours) and 26 of a digest: 53, so that JSON's numbers hold it.
  select -1 - ((((extract(epoch from p_at) * 1000)::bigint & 134217727) << 26)
               | (pg_catalog.hashtextextended(p_item_ids::text, 0) & 67108863))
$$;

comment on function jophiel._computed_generation(bigint[], timestamptz) is
  'The generation (negative, 53 bits) of a feed that was computed as of a whole millisecond. Its time is found again by jophiel._generation_time() for 37 hours.';
