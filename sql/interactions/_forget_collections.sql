-- Collections go with the ideas for them, and with their keys where nobody else has a collection of that key.
create or replace function jophiel._forget_collections(p_user_ids bigint[], p_collection_ids bigint[])
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_deleted bigint;
begin
  perform jophiel._drop_answers('ideas', p_collection_ids);

  delete from jophiel.collections as c
   using unnest(p_user_ids, p_collection_ids) as d (user_id, collection_id)
   where c.user_id = d.user_id
     and c.collection_id = d.collection_id;
  get diagnostics v_deleted = row_count;

  -- Two users may have a collection of the same key.
  perform k.id
     from jophiel.keys as k
    where k.kind = 'collection'
      and k.id = any (p_collection_ids)
    order by k.id
      for update of k;

  delete from jophiel.keys as k
   where k.kind = 'collection'
     and k.id = any (p_collection_ids)
     and not exists (select from jophiel.collections as o where o.collection_id = k.id);

  return v_deleted;
end;
$$;

comment on function jophiel._forget_collections(bigint[], bigint[]) is
  'Deletes collections (parallel arrays: user, collection), their cached ideas, and the keys that no collection has any more; returns how many collections.';
