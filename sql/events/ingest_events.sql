-- The one way in, for the consumer, the HTTP API and psql.
create or replace function jophiel.ingest_events(p_events jsonb)
  returns table (number integer, event_id uuid, outcome text, reason text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(p_events) is distinct from 'array' then
    raise exception 'the events must be a JSON array of objects, not %', coalesce(jsonb_typeof(p_events), 'null')
      using errcode = 'JO010',
            hint = 'Put a single event between [ and ], or call jophiel.ingest_event().';
  end if;

  if jsonb_array_length(p_events) = 1 then
    return query
      select e.number, e.event_id, e.outcome, e.reason
        from jophiel.ingest_event(p_events -> 0) as e;
  else
    return query
      select e.number, e.event_id, e.outcome, e.reason
        from jophiel._ingest_many(p_events) as e;
  end if;
end;
$$;

comment on function jophiel.ingest_events(jsonb) is
  'Takes a JSON array of events (docs/events.md) and gives for each, in their order, its number (from 1), its id, and the outcome: applied; duplicate (an event of that id '
  'was there before); pending (it names an item that has not arrived yet, and counts once that does); rejected (reason says what is wrong, and nothing was changed by it). All '
  'effects are in the caller''s transaction and do not depend on the order of arrival. Raises JO010 where it is given no array, and 40001 (try again) where a user was deleted meanwhile.';
