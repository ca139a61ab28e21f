-- What most batches hold, interactions without a fault, goes straight to the log, which knows its events by their ids; anything else takes its
-- locks first (_ingest_mixed).
create or replace function jophiel._ingest_many(p_events jsonb)
  returns table (number integer, event_id uuid, outcome text, reason text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  -- Looks by key whatever the events hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_is_plain boolean;
  v_has_keys boolean;
  v_keyed    bigint[];
  v_numbers  integer[];
  v_ids      uuid[];
  v_users    bigint[];
  v_items    bigint[];
  v_types    text[];
  v_weights  real[];
  v_times    timestamptz[];
  v_details  jsonb[];
  v_unknown  integer[];
  v_new      integer[];
begin
  select coalesce(bool_and(r.is_plain is true), true), bool_or(r.user_id < 0 or r.item_id < 0),
         array_agg(r.user_id) filter (where r.user_id < 0 and r.user_key is not null),
         array_agg(r.number), array_agg(r.event_id), array_agg(r.user_id), array_agg(r.item_id), array_agg(r.interaction_type),
         array_agg(r.weight), array_agg(r.happened_at), array_agg(r.details),
         array_agg(r.number) filter (where not exists (select from jophiel.items as i where i.item_id = r.item_id))
    into v_is_plain, v_has_keys, v_keyed, v_numbers, v_ids, v_users, v_items, v_types, v_weights, v_times, v_details, v_unknown
    from jophiel._read_events(p_events) as r;

  if not v_is_plain then
    return query
      select m.number, m.event_id, m.outcome, m.reason
        from jophiel._ingest_mixed(p_events) as m
       order by m.number;
    return;
  elsif v_numbers is null then
    return;
  end if;

  if v_has_keys then
    perform jophiel._register_event_keys(p_events);
  end if;

  if v_unknown is not null then
    perform jophiel._hold_items(array(select v_items[u.ordinal] from unnest(v_numbers) with ordinality as u (number, ordinal)
                                       where u.number = any (v_unknown)));
    -- Some may have come while we waited.
    v_unknown := array(select u.number from unnest(v_numbers, v_items) as u (number, item_id)
                        where not exists (select from jophiel.items as i where i.item_id = u.item_id));
  end if;

  v_new := jophiel._record_interactions(v_users, v_items, v_types, v_weights, v_times, v_ids, v_details);
  -- The locks are held now: who was deleted before that is seen.
  if cardinality(v_new) < cardinality(v_numbers)
     or v_keyed is not null
     or exists (select from jophiel.user_tombstones as b where b.user_id = any (v_users))
  then
    perform jophiel._check_recorded(v_users, v_ids, v_times, v_keyed);
  end if;

  return query
    select e.number, e.event_id,
           case when cardinality(v_new) < cardinality(v_numbers) and e.ordinal <> all (v_new) then 'duplicate'
                when e.number = any (v_unknown) then 'pending'
                else 'applied' end,
           null::text
      from unnest(v_numbers, v_ids) with ordinality as e (number, event_id, ordinal)
     order by e.number;
end;
$$;

comment on function jophiel._ingest_many(jsonb) is
  'jophiel.ingest_events() for any number of events: an array for sure.';
