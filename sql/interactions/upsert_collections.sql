-- Boards, playlists, shelves, many at once: one call, all or nothing.
create or replace function jophiel.upsert_collections(p_collections jsonb)
  returns table (user_id bigint, collection_id bigint, outcome text)
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now   timestamptz := jophiel._now();
  v_users bigint[];
begin
  perform jophiel._check_collections(p_collections);

  perform jophiel._register_keys('user', array_agg(r.value ->> 'user_id'))
     from jsonb_array_elements(p_collections) as r (value)
    where jsonb_typeof(r.value -> 'user_id') = 'string';

  perform jophiel._register_keys('collection', array_agg(r.value ->> 'collection_id'))
     from jsonb_array_elements(p_collections) as r (value)
    where jsonb_typeof(r.value -> 'collection_id') = 'string';

  v_users := jophiel._ensure_users(array(
    select distinct jophiel._read_id(r.value -> 'user_id')
      from jsonb_array_elements(p_collections) as r (value)));

  return query
    with input as (
      select jophiel._read_id(r.value -> 'user_id') as user_id,
             jophiel._read_id(r.value -> 'collection_id') as collection_id,
             r.value ->> 'title' as title, r.ordinal
        from jsonb_array_elements(p_collections) with ordinality as r (value, ordinal)
    ), merged as (
      select n.user_id, n.collection_id, coalesce(n.title, c.title, '') as title, n.ordinal, c.title as old_title
        from input as n
        left join jophiel.collections as c on c.user_id = n.user_id and c.collection_id = n.collection_id
    ), written as (
      insert into jophiel.collections as c (user_id, collection_id, title, created_at, updated_at)
      select m.user_id, m.collection_id, m.title, v_now, v_now
        from merged as m
       where m.title is distinct from m.old_title
         and m.user_id = any (v_users)
          on conflict on constraint collections_pkey do update
         set title = excluded.title,
             updated_at = excluded.updated_at
      returning c.user_id
    )
    select m.user_id, m.collection_id,
           case when m.old_title is null then 'created'
                when m.old_title <> m.title then 'updated'
                else 'unchanged' end
      from merged as m
     order by m.ordinal;
end;
$$;

comment on function jophiel.upsert_collections(jsonb) is
  'Takes [{user_id, collection_id, title}] and gives for each row, in their order, the outcome created, updated or unchanged. An absent title stays '
  'as it is; users are created where they are missing. Items are put in by add_to_collection(). Raises JO010 where a row is '
  'bad; then nothing is written.';
