-- Collections and their items, as the generator of sample data stages them: one row an item.
create or replace function jophiel._import_collections()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_now   timestamptz := jophiel._now();
  v_count bigint;
begin
  -- What happened before an event deleted the user does not come back.
  delete from pg_temp.staged_collections as s
   using jophiel.user_tombstones as b
   where b.user_id = jophiel.key_id(btrim(s.user_id))
     and jophiel._parse_time(btrim(s.ts)) <= b.deleted_at;

  perform jophiel._register_keys('user', array(
    select distinct btrim(s.user_id) from pg_temp.staged_collections as s where jophiel.key_id(btrim(s.user_id)) < 0));
  perform jophiel._register_keys('collection', array(
    select distinct btrim(s.collection_id)
      from pg_temp.staged_collections as s
     where jophiel.key_id(btrim(s.collection_id)) < 0));
  perform jophiel._register_keys('item', array(
    select distinct btrim(s.item_id) from pg_temp.staged_collections as s where jophiel.key_id(btrim(s.item_id)) < 0));

  perform jophiel._ensure_users(
    array(select distinct jophiel.key_id(btrim(s.user_id)) from pg_temp.staged_collections as s order by 1));

  insert into jophiel.collections (user_id, collection_id, title, created_at, updated_at)
  select jophiel.key_id(btrim(s.user_id)), jophiel.key_id(btrim(s.collection_id)), coalesce(max(s.title), ''), v_now, v_now
    from pg_temp.staged_collections as s
   group by 1, 2
   order by 1, 2
      on conflict (user_id, collection_id) do nothing;

  insert into jophiel.collection_items (user_id, collection_id, item_id, happened_at, event_id)
  select distinct on (user_id, collection_id, item_id)
         c.user_id, c.collection_id, c.item_id, coalesce(c.happened_at, v_now),
         jophiel._import_event_id(c.collection_id, c.item_id, 'add_to_board', c.happened_at)
    from (select jophiel.key_id(btrim(s.user_id)) as user_id,
                 jophiel.key_id(btrim(s.collection_id)) as collection_id,
                 jophiel.key_id(btrim(s.item_id)) as item_id,
                 jophiel._parse_time(btrim(s.ts)) as happened_at
            from pg_temp.staged_collections as s) as c
   order by user_id, collection_id, item_id, c.happened_at desc nulls last
      on conflict (user_id, collection_id, item_id) do nothing;

  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function jophiel._import_collections() is
  'Moves staged_collections into collections and collection_items; what is there already stays. Returns how many items are new.';
