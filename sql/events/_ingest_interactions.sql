-- What people did with items: one statement for the log and the tastes of all, and the collections among it. It takes its locks itself, or finds
-- them held (_lock_events).
create or replace function jophiel._ingest_interactions(p_events jophiel.event[])
  returns table (number integer, event_id uuid, outcome text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the events hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_numbers  integer[];
  v_ids      uuid[];
  v_users    bigint[];
  v_items    bigint[];
  v_types    text[];
  v_weights  real[];
  v_times    timestamptz[];
  v_details  jsonb[];
  v_unknown  bigint[];
  v_keyed    bigint[];
  v_has_keys boolean;
  v_collects boolean;
  v_new      integer[];
begin
  select array_agg(e.number), array_agg(e.event_id), array_agg(e.user_id), array_agg(e.item_id), array_agg(e.interaction_type),
         array_agg(e.weight), array_agg(e.happened_at), array_agg(e.details),
         array_agg(e.item_id) filter (where not exists (select from jophiel.items as i where i.item_id = e.item_id offset 0)),
         array_agg(e.user_id) filter (where e.user_id < 0 and e.user_key is not null),
         bool_or(e.user_id < 0 or e.item_id < 0), bool_or(e.action <> 'interact')
    into v_numbers, v_ids, v_users, v_items, v_types, v_weights, v_times, v_details, v_unknown, v_keyed, v_has_keys, v_collects
    from unnest(p_events) as e
   where e.action in ('interact', 'collect', 'remove');

  if v_numbers is null then
    return;
  end if;
  if v_has_keys then
    perform jophiel._register_event_keys(p_events);
  end if;
  if v_unknown is not null then
    perform jophiel._hold_items(v_unknown);
    -- Some may have come while we waited.
    v_unknown := array(
      select n.item_id from unnest(v_unknown) as n (item_id) where not exists (select from jophiel.items as i where i.item_id = n.item_id offset 0));
  end if;

  v_new := jophiel._record_interactions(v_users, v_items, v_types, v_weights, v_times, v_ids, v_details);
  -- The locks are held now: who was deleted before that is seen.
  if cardinality(v_new) < cardinality(v_numbers)
     or v_keyed is not null
     or exists (select from jophiel.user_tombstones as b where b.user_id = any (v_users))
  then
    perform jophiel._check_recorded(v_users, v_ids, v_times, v_keyed);
  end if;
  if v_collects then
    perform jophiel._put_in_collections(array_agg(e.user_id), array_agg(e.collection_id), array_agg(e.item_id),
                                        array_agg(e.action = 'collect'), array_agg(e.happened_at), array_agg(e.event_id))
       from unnest(p_events) as e
      where e.action in ('collect', 'remove');
  end if;

  return query
    select e.number, e.event_id,
           case when cardinality(v_new) < cardinality(v_numbers) and e.ordinal <> all (v_new) then 'duplicate'
                when e.item_id = any (v_unknown) then 'pending'
                else 'applied' end
      from unnest(v_numbers, v_ids, v_items) with ordinality as e (number, event_id, item_id, ordinal)
     order by e.number;
end;
$$;

comment on function jophiel._ingest_interactions(jophiel.event[]) is
  'Records the interactions, and what was put in collections and taken out, among events that have no fault and are not late, and gives the outcome of each in their order. '
  'Raises 40001 where a user was deleted meanwhile.';
