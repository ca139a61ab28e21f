-- The other half of jophiel._computed_generation().
create or replace function jophiel._generation_time(p_generation bigint, p_now timestamptz)
  returns timestamptz
  language sql
  immutable parallel safe
as $$
  select p_now - (((extract(epoch from p_now) * 1000)::bigint - ((-1 - p_generation) >> 26)) & 134217727) * interval '1 millisecond'
$$;

comment on function jophiel._generation_time(bigint, timestamptz) is
  'As of when a feed of a negative generation was computed: the last such time before p_now (a whole millisecond).';
