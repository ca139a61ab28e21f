-- Last step: new coordinates for everything at once, so that no reader ever compares two kinds.
create or replace function jophiel._activate_schema_version()
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_version integer;
  v_missing bigint[];
  v_items   bigint;
begin
  lock table jophiel.feature_schemas in share row exclusive mode;

  select s.version
    into v_version
    from jophiel.feature_schemas as s
   where not s.is_active;

  if not found then
    return 0;
  end if;

  -- Waits for everybody who is writing vectors in the old coordinates; who comes now waits for us.
  update jophiel.feature_schemas as s
     set is_active = false
   where s.is_active;

  -- And for those who are staging, who come to nothing of ours: below items are staged in several passes, in no order that others keep to.
  lock table jophiel.staged_vectors in share row exclusive mode;

  -- In this order: an import that is committed after the changes were deleted has its own row there still; one that was before
  -- has removed what was staged of its items, and they are found missing.
  delete from jophiel.item_changes;
  loop
    select array_agg(n.item_id)
      into v_missing
      from (select i.item_id
              from jophiel.items as i
             where not exists (select from jophiel.staged_vectors as v where v.item_id = i.item_id)
             order by i.item_id
             limit 5000) as n;

    exit when v_missing is null;
    perform jophiel._stage_items(v_version, v_missing);
  end loop;

  v_items := jophiel._apply_staged_vectors(v_version);
  -- Not truncate: readers would wait too.
  delete from jophiel.staged_vectors;
  delete from jophiel.feature_schemas as s
   where s.version <> v_version;
  update jophiel.feature_schemas as s
     set is_active = true
   where s.version = v_version;

  perform jophiel._renew_coordinates();
  return v_items;
end;
$$;

comment on function jophiel._activate_schema_version() is
  'Makes the schema version that is being built the active one: all signals and offers take their staged content blocks (collaborative blocks and cells '
  'stay), all tastes and feeds become stale, cached answers go. Returns how many items there are; 0 where nothing is being built. Writers of items wait for '
  'it, readers do not.';
