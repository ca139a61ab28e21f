-- One definition of decay for the rebuilt and for the incremental taste. Inlined: no table, no setting.
create or replace function jophiel._decayed_weight(
  p_weight      double precision,
  p_happened_at timestamptz,
  p_as_of       timestamptz,
  p_half_life   double precision
)
  returns double precision
  language sql
  immutable parallel safe
as $$
  -- 1e-6 * 2^-80 times the smallest halfvec is still a normal float4, so no product of a weight and a signal underflows.
  select case
           when pg_catalog.abs(p_weight) < 1e-6::float8
             or pg_catalog.date_part('epoch', p_as_of - p_happened_at) > p_half_life * 80::float8 then 0::float8
           else p_weight * pg_catalog.power(
                  2::float8, pg_catalog.date_part('epoch', p_happened_at - p_as_of) / p_half_life)
         end
$$;

comment on function jophiel._decayed_weight(double precision, timestamptz, timestamptz, double precision) is
  'Weight times 2^-(age / half-life), the age being p_as_of - p_happened_at and the half-life in seconds; '
  '0 after 80 half-lives and for weights below a millionth.';
