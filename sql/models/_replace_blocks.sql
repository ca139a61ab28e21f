-- Under the locks that keep coordinates from mixing: whoever writes vectors holds the active schema version, and is waited for.
create or replace function jophiel._replace_blocks(p_model_id uuid, p_dimensions integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_items bigint;
begin
  perform s.version
     from jophiel.feature_schemas as s
    where s.is_active
      for no key update of s;

  v_items := jophiel._apply_model(p_model_id, coalesce(p_dimensions, jophiel._setting('collaborative_dimensions')::integer));
  perform jophiel._renew_coordinates();
  -- Neighbourhoods of the old blocks say little about the new ones.
  update jophiel.cell_builds as b
     set is_outdated = true;
  return v_items;
end;
$$;

comment on function jophiel._replace_blocks(uuid, integer) is
  'Replaces all collaborative blocks by those of a model (null: by zeros) and makes everything stale that was made from them. The caller has locked cell_builds and feature_schemas. '
  'Returns how many items are offered.';
