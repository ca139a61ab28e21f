-- Any events: each part writes its kind, set by set, under locks that are all taken before the first.
create or replace function jophiel._ingest_mixed(p_events jsonb)
  returns table (number integer, event_id uuid, outcome text, reason text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
begin
  perform jophiel._lock_events(p_events);

  return query
    select m.number, m.event_id, m.outcome, m.reason
      from (select r.number, r.event_id, 'rejected' as outcome, r.fault as reason
              from jophiel._read_events(p_events) as r
             where r.fault is not null
             union all
            select f.number, f.event_id, f.outcome, null
              from jophiel._ingest_follows(p_events) as f
             union all
            select c.number, c.event_id, c.outcome, null
              from jophiel._ingest_collections(p_events) as c
             union all
            select p.numbers[e.number], e.event_id, e.outcome, e.reason
              from (select array_agg(r.number) as numbers, jsonb_agg(p_events -> (r.number - 1)) as events
                      from jophiel._read_events(p_events) as r
                     where r.fault is null
                       and r.action = 'interact'
                    having count(*) > 0) as p
             cross join lateral jophiel.ingest_events(p.events) as e) as m
     order by m.number;
end;
$$;

comment on function jophiel._ingest_mixed(jsonb) is
  'jophiel.ingest_events() for an array that holds more than interactions without a fault.';
