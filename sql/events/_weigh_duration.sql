-- What lasted counts by how long. Inlined: no table, no setting.
create or replace function jophiel._weigh_duration(
  p_weight       double precision,
  p_seconds      jsonb,
  p_zero_seconds double precision,
  p_full_seconds double precision
)
  returns real
  language sql
  immutable parallel safe
as $$
  select case
           when p_full_seconds is not null
             then pg_catalog.round((p_weight * greatest(0, least(1, (pg_catalog.round(p_seconds::numeric, 6)::double precision - p_zero_seconds)
                                                                    / (p_full_seconds - p_zero_seconds))))::numeric, 9)::real
         end
$$;

comment on function jophiel._weigh_duration(double precision, jsonb, double precision, double precision) is
  'The weight of an interaction of p_seconds (a JSON number from 0 to 1e9): 0 at p_zero_seconds, p_weight at p_full_seconds, in proportion between. Null where these '
  'are.';
