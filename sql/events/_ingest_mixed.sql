-- Any events: each part writes its kind, set by set, under locks that are all taken before the first. Deletions of users go first, so that what they
-- make late is not even begun.
create or replace function jophiel._ingest_mixed(p_events jophiel.event[])
  returns table (number integer, event_id uuid, outcome text, reason text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_sound jophiel.event[] := array(select e from unnest(p_events) as e where e.fault is null and e.is_late is not true);
begin
  perform jophiel._lock_events(v_sound);

  return query
    select d.number, d.event_id, d.outcome, null::text
      from jophiel._ingest_deletions(p_events) as d;
  if found then
    v_sound := array(
      select e
        from unnest(v_sound) as e
       where e.action <> 'delete_user'
         and not exists (select from jophiel.user_tombstones as b where b.user_id = e.user_id and b.deleted_at >= e.happened_at offset 0));
    -- The keys of the deleted went with them: those who come back later in this call need theirs.
    perform jophiel._register_event_keys(v_sound);
  end if;

  return query
    select e.number, e.event_id, case when e.fault is null then 'applied' else 'rejected' end,
           coalesce(e.fault, 'the user was deleted later than that')
      from unnest(p_events) as e
     where e.action is distinct from 'delete_user'
       and e.number not in (select s.number from unnest(v_sound) as s)
        or e.fault is not null;

  return query
    select m.number, m.event_id, m.outcome, null::text
      from (select i.number, i.event_id, i.outcome from jophiel._ingest_items(v_sound) as i
             union all
            select u.number, u.event_id, u.outcome from jophiel._ingest_users(v_sound) as u
             union all
            select f.number, f.event_id, f.outcome from jophiel._ingest_follows(v_sound) as f
             union all
            select n.number, n.event_id, n.outcome from jophiel._ingest_interactions(v_sound) as n) as m;
end;
$$;

comment on function jophiel._ingest_mixed(jophiel.event[]) is
  'jophiel._ingest_many() for events of which some are more than interactions that can be recorded as they are. The rows come in no order.';
