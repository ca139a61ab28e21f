-- What most batches hold, what people did with items, without a fault, goes straight to the log, which knows its events by their ids; anything else
-- takes its locks first (_ingest_mixed).
create or replace function jophiel._ingest_many(p_events jsonb)
  returns table (number integer, event_id uuid, outcome text, reason text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the events hold: planning anew costs more than the work. It holds for all that is called from here.
  set plan_cache_mode = force_generic_plan
  -- ingest_event() looks by key; what items bring may be to read everything.
  set enable_seqscan = on
as $$
declare
  v_events   constant jophiel.event[] := jophiel._read_events(p_events);
  v_is_plain boolean;
begin
  select coalesce(bool_and(e.fault is null and e.is_late is not true
                           and (e.action = 'interact' or (e.action in ('collect', 'remove') and e.collection_id >= 0))), true)
    into v_is_plain
    from unnest(v_events) as e;

  if v_is_plain then
    return query
      select m.number, m.event_id, m.outcome, null::text
        from jophiel._ingest_interactions(v_events) as m;
  else
    return query
      select m.number, m.event_id, m.outcome, m.reason
        from jophiel._ingest_mixed(v_events) as m
       order by m.number;
  end if;
end;
$$;

comment on function jophiel._ingest_many(jsonb) is
  'jophiel.ingest_events() for any number of events: an array for sure.';
