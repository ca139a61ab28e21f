-- What was put in collections and taken out: the register of the collection, and the log that the taste learns from.
create or replace function jophiel._ingest_collections(p_events jsonb)
  returns table (number integer, event_id uuid, outcome text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_numbers     integer[];
  v_ids         uuid[];
  v_users       bigint[];
  v_collections bigint[];
  v_items       bigint[];
  v_actions     boolean[];
  v_types       text[];
  v_times       timestamptz[];
  v_details     jsonb[];
  v_new         integer[];
begin
  select array_agg(r.number), array_agg(r.event_id), array_agg(r.user_id), array_agg(r.collection_id), array_agg(r.item_id),
         array_agg(r.action = 'collect'), array_agg(r.interaction_type), array_agg(r.happened_at), array_agg(r.details)
    into v_numbers, v_ids, v_users, v_collections, v_items, v_actions, v_types, v_times, v_details
    from jophiel._read_events(p_events) as r
   where r.fault is null
     and r.action in ('collect', 'remove');

  if v_numbers is not null then
    perform jophiel._put_in_collections(v_users, v_collections, v_items, v_actions, v_times, v_ids);
    v_new := jophiel._record_interactions(
      v_users, v_items, v_types, array_fill(null::real, array[cardinality(v_ids)]), v_times, v_ids, v_details);

    return query
      select e.number, e.event_id,
             case when e.ordinal <> all (v_new) then 'duplicate'
                  when exists (select from jophiel.items as i where i.item_id = e.item_id) then 'applied'
                  else 'pending' end
        from unnest(v_numbers, v_ids, v_items) with ordinality as e (number, event_id, item_id, ordinal);
  end if;
end;
$$;

comment on function jophiel._ingest_collections(jsonb) is
  'Writes what events whose locks are held put in collections and take out, and gives the outcome of each.';
