-- First step towards new coordinates: freeze the features and count the vocabulary. Nothing that serves feeds is touched.
create or replace function jophiel._begin_schema_version()
  returns integer
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_features constant jsonb := jophiel._frozen_features();
  v_version  integer;
begin
  -- One beginner at a time. Those who only hold the active version (_lock_schema_version) are not in the way.
  lock table jophiel.feature_schemas in share row exclusive mode;
  perform jophiel._check_dimensions();

  select s.version
    into v_version
    from jophiel.feature_schemas as s
   where not s.is_active
     and s.features = v_features;

  if found then
    return v_version;
  end if;

  delete from jophiel.feature_schemas as s
   where not s.is_active;
  delete from jophiel.staged_vectors;

  insert into jophiel.feature_schemas (version, features, item_count, is_active, created_at)
  select max(s.version) + 1, v_features, (select count(*) from jophiel.items as i where i.deleted_at is null), false, jophiel._now()
    from jophiel.feature_schemas as s
  returning version
    into v_version;

  perform jophiel._count_terms(v_version);
  return v_version;
end;
$$;

comment on function jophiel._begin_schema_version() is
  'Makes the next version of the feature schema with its vocabulary and returns its number; one that was begun before and is unfinished is '
  'continued if the features are still the same, else dropped.';
