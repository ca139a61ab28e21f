-- A deleted item leaves every collection it was in by then.
create or replace function jophiel._empty_collections(p_item_ids bigint[], p_happened_at timestamptz[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_collections bigint[];
begin
  perform k.user_id
     from jophiel.collection_items as k
    where k.item_id = any (p_item_ids)
    order by k.user_id, k.collection_id, k.item_id
      for update of k;

  with taken as (
    delete from jophiel.collection_items as k
     using unnest(p_item_ids, p_happened_at) as d (item_id, happened_at)
     where k.item_id = d.item_id
       and k.happened_at <= d.happened_at
    returning k.collection_id
  )
  select array_agg(distinct t.collection_id)
    into v_collections
    from taken as t;

  perform jophiel._drop_answers('ideas', v_collections);
end;
$$;

comment on function jophiel._empty_collections(bigint[], timestamptz[]) is
  'Takes items out of all collections that they were put in (or taken out of) until a time each (parallel arrays), and forgets the ideas for those.';
