-- Items by the million: the catalogue is written in one statement, vectors wait for the batch.
create or replace function jophiel._import_items()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_now   timestamptz := jophiel._now();
  v_count bigint;
begin
  -- A schema version that is being made active waits for the import: an import that waited for it would hold too much by then.
  perform jophiel._lock_schema_version();

  perform jophiel._register_keys('user', array(
    select distinct btrim(s.creator_id)
      from pg_temp.staged_items as s
     where jophiel.key_id(nullif(btrim(s.creator_id), '')) < 0));
  perform jophiel._register_keys('item', array(
    select distinct btrim(s.item_id) from pg_temp.staged_items as s where jophiel.key_id(btrim(s.item_id)) < 0));

  -- Whose items change hands; the creators they go to are noted with the vectors.
  perform jophiel._note_creators(array_agg(distinct k.creator_id))
     from pg_temp.staged_items as s
     join jophiel.items as k on k.item_id = jophiel.key_id(btrim(s.item_id))
    where k.deleted_at is null
      and k.creator_id is distinct from jophiel.key_id(nullif(btrim(s.creator_id), ''));

  with item as (
    select distinct on (item_id)
           jophiel.key_id(btrim(s.item_id)) as item_id,
           coalesce(nullif(btrim(s.domain), ''), 'default') as domain,
           jophiel.key_id(nullif(btrim(s.creator_id), '')) as creator_id,
           coalesce(s.title, '') as title,
           coalesce(s.description, '') as description,
           coalesce(s.tags, '{}') as tags,
           coalesce(s.metadata, '{}') as metadata,
           jophiel._parse_time(btrim(s.created_at)) as created_at
      from pg_temp.staged_items as s
     order by item_id, s.line desc
  ), written as (
    insert into jophiel.items as i
      (item_id, domain, creator_id, title, description, tags, metadata, search, created_at, updated_at)
    select n.item_id, n.domain, n.creator_id, n.title, n.description, n.tags, n.metadata,
           jophiel._item_search(n.title, n.tags, n.description), coalesce(n.created_at, k.created_at, v_now), v_now
      from item as n
      left join jophiel.items as k on k.item_id = n.item_id and k.deleted_at is null
     order by n.item_id
        on conflict (item_id) do update
       set domain = excluded.domain,
           creator_id = excluded.creator_id,
           title = excluded.title,
           description = excluded.description,
           tags = excluded.tags,
           metadata = excluded.metadata,
           search = excluded.search,
           created_at = excluded.created_at,
           updated_at = excluded.updated_at,
           deleted_at = null
     where i.deleted_at is not null
        or (i.domain, i.creator_id, i.title, i.description, i.tags, i.metadata, i.created_at)
           is distinct from (excluded.domain, excluded.creator_id, excluded.title, excluded.description, excluded.tags,
                             excluded.metadata, excluded.created_at)
    returning i.item_id
  )
  insert into jophiel.item_changes as c (item_id, stage, changed_at)
  select w.item_id, 'vectorise', v_now
    from written as w
      on conflict (item_id, stage) do update
     set changed_at = excluded.changed_at;

  get diagnostics v_count = row_count;

  -- A schema version that is being built has to look at them again.
  delete from jophiel.staged_vectors as v
   using jophiel.item_changes as c
   where c.item_id = v.item_id
     and c.stage = 'vectorise'
     and c.changed_at = v_now;
  return v_count;
end;
$$;

comment on function jophiel._import_items() is
  'Moves staged_items, already checked, into the catalogue and leaves those that are new or changed to the batch to vectorise. Of '
  'rows with one id the last one counts. Returns how many are new or changed.';
