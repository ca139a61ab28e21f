-- What is in a collection is a register of (user, collection, item): the latest event wins, whatever the order of arrival.
create or replace function jophiel._put_in_collections(
  p_user_ids       bigint[],
  p_collection_ids bigint[],
  p_item_ids       bigint[],
  p_is_active      boolean[],
  p_happened_at    timestamptz[],
  p_event_ids      uuid[]
)
  returns integer[]
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now         constant timestamptz := jophiel._now();
  v_collections bigint[];
  v_ordinals    integer[];
begin
  insert into jophiel.collections as c (user_id, collection_id, created_at, updated_at)
  select e.user_id, e.collection_id, min(e.happened_at), v_now
    from unnest(p_user_ids, p_collection_ids, p_is_active, p_happened_at) as e (user_id, collection_id, is_active, happened_at)
   where e.is_active
   group by e.user_id, e.collection_id
   order by e.user_id, e.collection_id
      on conflict (user_id, collection_id) do update
     set created_at = excluded.created_at
   where c.created_at > excluded.created_at;

  with input as (
    select distinct on (e.user_id, e.collection_id, e.item_id)
           e.user_id, e.collection_id, e.item_id, e.is_active, e.happened_at, e.event_id, e.ordinal::integer as ordinal
      from unnest(p_user_ids, p_collection_ids, p_item_ids, p_is_active, p_happened_at, p_event_ids)
           with ordinality as e (user_id, collection_id, item_id, is_active, happened_at, event_id, ordinal)
     -- An item that was deleted later is out, whichever of the two was heard of first.
     where not exists (select
                         from jophiel.item_events as d
                        where d.item_id = e.item_id
                          and d.is_deletion
                          and d.happened_at >= e.happened_at)
     order by e.user_id, e.collection_id, e.item_id, e.happened_at desc, e.event_id desc
  ), written as (
    insert into jophiel.collection_items as c (user_id, collection_id, item_id, is_active, happened_at, event_id)
    select n.user_id, n.collection_id, n.item_id, n.is_active, n.happened_at, n.event_id
      from input as n
        on conflict (user_id, collection_id, item_id) do update
       set is_active = excluded.is_active,
           happened_at = excluded.happened_at,
           event_id = excluded.event_id
     where (c.happened_at, c.event_id) < (excluded.happened_at, excluded.event_id)
    returning c.user_id, c.collection_id, c.item_id
  )
  select coalesce(array_agg(n.ordinal), '{}'), array_agg(distinct w.collection_id)
    into v_ordinals, v_collections
    from input as n
    join written as w on w.user_id = n.user_id and w.collection_id = n.collection_id and w.item_id = n.item_id;

  perform jophiel._drop_answers('ideas', v_collections);
  return v_ordinals;
end;
$$;

comment on function jophiel._put_in_collections(bigint[], bigint[], bigint[], boolean[], timestamptz[], uuid[]) is
  'Puts items in collections or takes them out (parallel arrays, already checked; the users'' tastes are locked), creates collections where they are missing, forgets '
  'their cached ideas, and returns the ordinals (from 1) of the rows that became the latest word about their collection and item.';
