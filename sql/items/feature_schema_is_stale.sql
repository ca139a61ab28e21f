-- Whether the batch should make all vectors anew.
create or replace function jophiel.feature_schema_is_stale()
  returns boolean
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from jophiel.feature_schemas as s
     where s.is_active
       and (s.features <> jophiel._frozen_features()
            or (select count(*) from jophiel.items as i where i.deleted_at is null) >= greatest(2 * s.item_count, 1)));
end;
$$;

comment on function jophiel.feature_schema_is_stale() is
  'Whether the feature schema was changed since the active version was made, or the catalogue has at least doubled, so that its vocabulary speaks of '
  'another one.';
