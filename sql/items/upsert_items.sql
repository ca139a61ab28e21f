-- The door of the catalogue: items of any domain, many at once, with vectors when it returns.
create or replace function jophiel.upsert_items(p_items jsonb)
  returns table (item_id bigint, outcome text)
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_now      timestamptz := jophiel._now();
  v_items    jophiel.items[];
  v_known    bigint[];
  v_creators bigint[];
  v_changed  bigint[];
begin
  perform jophiel._check_items(p_items);

  perform jophiel._register_keys('user', array_agg(r.value ->> 'creator_id'))
     from jsonb_array_elements(p_items) as r (value)
    where jsonb_typeof(r.value -> 'creator_id') = 'string';

  perform jophiel._register_keys('item', array_agg(r.value ->> 'item_id'))
     from jsonb_array_elements(p_items) as r (value)
    where jsonb_typeof(r.value -> 'item_id') = 'string';

  select coalesce(array_agg(n), '{}')
    into v_items
    from jophiel._read_items(p_items, v_now) as n;

  perform jophiel._check_embeddings(s.features, array_agg(n.item_id), array_agg(n.domain), array_agg(jophiel._document(n)))
     from unnest(v_items) as n
    cross join jophiel.feature_schemas as s
    where s.is_active
    group by s.features;

  -- There is no row to lock of an item that is not there: whoever else brings it, or acts on it, waits here, with no other lock.
  perform jophiel._hold_items('{}', array_agg(n.item_id))
     from unnest(v_items) as n
    where not exists (select from jophiel.items as i where i.item_id = n.item_id)
   having count(*) > 0;

  perform i.item_id
     from jophiel.items as i
    where i.item_id in (select n.item_id from unnest(v_items) as n)
    order by i.item_id
      for no key update of i;

  -- A statement of its own: it sees what the writers that we waited for have committed.
  select coalesce(array_agg(i.item_id), '{}'), array_agg(i.creator_id)
    into v_known, v_creators
    from jophiel.items as i
   where i.item_id in (select n.item_id from unnest(v_items) as n)
     and i.deleted_at is null;

  with written as (
    insert into jophiel.items as i
      (item_id, domain, creator_id, title, description, tags, metadata, search, created_at, updated_at)
    select n.item_id, n.domain, n.creator_id, n.title, n.description, n.tags, n.metadata, n.search,
           coalesce(n.created_at, k.created_at, v_now), v_now
      from unnest(v_items) as n
      left join jophiel.items as k
        on k.item_id = n.item_id
       and k.deleted_at is null
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
  select coalesce(array_agg(w.item_id), '{}')
    into v_changed
    from written as w;

  -- Creators of before and after, in one call: an item that changes hands concerns both. In the order of locks.
  perform jophiel._lock_schema_version();
  perform s.item_id
     from jophiel.item_signals as s
    where s.item_id = any (v_changed)
    order by s.item_id
      for update of s;
  perform jophiel._note_creators(array(
    select k.creator_id
      from unnest(v_known, v_creators) as k (item_id, creator_id)
     where k.item_id = any (v_changed)
     union all
    select n.creator_id
      from unnest(v_items) as n
     where n.item_id = any (v_changed)));

  perform jophiel._vectorise_items(v_changed);

  return query
    select n.item_id,
           case when n.item_id <> all (v_changed) then 'unchanged'
                when n.item_id = any (v_known) then 'updated'
                else 'created' end
      from unnest(v_items) with ordinality as n
     order by n.ordinality;
end;
$$;

comment on function jophiel.upsert_items(jsonb) is
  'Takes [{item_id, title, description, tags[], creator_id, domain, created_at, metadata{}}] and gives for each row, in their order, the outcome '
  'created, updated or unchanged. Ids are integers or text keys; unknown fields become metadata. An item is replaced as a whole, but keeps '
  'its created_at (ISO 8601 or unix seconds; now for a new one) where none is given. Vectors are written at once. Raises JO010 where a row is bad, '
  'JO011 where an embedding is, JO013 where two keys share a hash; then nothing is written.';
