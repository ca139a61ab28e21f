-- Any events: each part writes its kind, set by set, under locks that are all taken before the first. Deletions of users go first, so that what they
-- make late is not even begun.
create or replace function jophiel._ingest_mixed(p_events jsonb)
  returns table (number integer, event_id uuid, outcome text, reason text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_numbers integer[];
  v_events  jsonb;
begin
  perform jophiel._lock_events(p_events);

  return query
    select d.number, d.event_id, d.outcome, null::text
      from jophiel._ingest_deletions(p_events) as d;
  if found then
    -- The keys of the deleted went with them: those who come back later in this call need theirs.
    perform jophiel._register_event_keys(p_events);
  end if;

  return query
    select r.number, r.event_id, case when r.fault is null then 'applied' else 'rejected' end,
           coalesce(r.fault, 'the user was deleted later than that')
      from jophiel._read_events(p_events) as r
     where r.fault is not null
        or (r.is_late and r.action <> 'delete_user');

  select array_agg(r.number order by r.number), coalesce(jsonb_agg(p_events -> (r.number - 1) order by r.number), '[]')
    into v_numbers, v_events
    from jophiel._read_events(p_events) as r
   where r.fault is null
     and r.is_late is not true
     and r.action not in ('interact', 'delete_user');
  return query
    select v_numbers[m.number], m.event_id, m.outcome, null::text
      from (select i.number, i.event_id, i.outcome from jophiel._ingest_items(v_events) as i
             union all
            select u.number, u.event_id, u.outcome from jophiel._ingest_users(v_events) as u
             union all
            select f.number, f.event_id, f.outcome from jophiel._ingest_follows(v_events) as f
             union all
            select c.number, c.event_id, c.outcome from jophiel._ingest_collections(v_events) as c) as m;

  select array_agg(r.number order by r.number), coalesce(jsonb_agg(p_events -> (r.number - 1) order by r.number), '[]')
    into v_numbers, v_events
    from jophiel._read_events(p_events) as r
   where r.fault is null
     and r.is_late is not true
     and r.action = 'interact';
  return query
    select v_numbers[e.number], e.event_id, e.outcome, e.reason
      from jophiel._ingest_many(v_events) as e;
end;
$$;

comment on function jophiel._ingest_mixed(jsonb) is
  'jophiel._ingest_many() for an array that holds more than interactions that can be recorded as they are. The rows come in no order.';
