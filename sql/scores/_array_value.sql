-- A dictionary in two arrays, looked up by halving. Plain SQL without SET, so that it is inlined.
create or replace function jophiel._array_value(p_keys bigint[], p_values real[], p_key bigint)
  returns double precision
  language sql
  immutable parallel safe
as $$
  select case
           when p_keys[pg_catalog.width_bucket(p_key, p_keys)] = p_key then p_values[pg_catalog.width_bucket(p_key, p_keys)]::float8
           else 0::float8
         end
$$;

comment on function jophiel._array_value(bigint[], real[], bigint) is
  'The value of a key: p_keys ascending, p_values parallel; 0 for a key that is not among them.';
