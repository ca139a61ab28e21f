-- The feature schema as a version keeps it: in one order, and with the coordinates of its numbers.
create or replace function jophiel._frozen_features()
  returns jsonb
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (select coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(n)) order by n.feature collate "C"), '[]')
            from (select f.feature, f.kind, f.source, f.domain, f.weight, f.min_value, f.max_value,
                         case when f.kind = 'number'
                              then 2 * row_number() over (partition by f.kind order by f.feature collate "C") - 1 end as coordinate
                    from jophiel.features as f) as n);
end;
$$;

comment on function jophiel._frozen_features() is
  'The rows of jophiel.features as feature_schemas.features holds them: by name, absent fields left out, numbers with the first (from 1) of their two '
  'coordinates.';
