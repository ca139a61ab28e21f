-- For psql and for whoever has one event at a time.
create or replace function jophiel.ingest_event(p_event jsonb)
  returns table (number integer, event_id uuid, outcome text, reason text)
  language plpgsql
  volatile
  rows 1
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
begin
  if jophiel._ingest_interaction(p_event) then
    number := 1;
    event_id := (p_event ->> 'event_id')::uuid;
    outcome := 'applied';
    return next;
  else
    return query
      select e.number, e.event_id, e.outcome, e.reason
        from jophiel._ingest_many(jsonb_build_array(p_event)) as e;
  end if;
end;
$$;

comment on function jophiel.ingest_event(jsonb) is
  'jophiel.ingest_events() of one event. What is no object is rejected.';
