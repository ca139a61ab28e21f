-- The history that neighbours are looked up for: bounded, because the latest tells most and a feed must not cost what ten years of listening cost.
-- Written to be inlined (plain SQL, no SET).
create or replace function jophiel._recent_items(p_user_id bigint)
  returns table (item_id bigint, weight double precision)
  language sql
  stable parallel safe
  rows 100
as $$
  select a.item_id, a.weight
    from jophiel._acted_items(p_user_id) as a
   order by a.happened_at desc, a.item_id
   limit jophiel._setting('neighbour_events')::integer
$$;

comment on function jophiel._recent_items(bigint) is
  'The neighbour_events (setting) items that a user acted on last, with the sums of the decayed weights, as they are in the taste.';
