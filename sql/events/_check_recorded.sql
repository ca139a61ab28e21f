-- What the log did not take is there already, or its user was deleted while we waited for the lock. To create the user again here would take
-- locks out of order, so the whole call is left to be tried again.
create or replace function jophiel._check_recorded(p_user_ids bigint[], p_event_ids uuid[], p_happened_at timestamptz[], p_keyed bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user_id bigint;
begin
  select e.user_id
    into v_user_id
    from unnest(p_user_ids, p_event_ids, p_happened_at) as e (user_id, event_id, happened_at)
   where not exists (select from jophiel.interactions as i where i.user_id = e.user_id and i.event_id = e.event_id offset 0)
      or e.happened_at <= (select b.deleted_at from jophiel.user_tombstones as b where b.user_id = e.user_id)
   union all
  -- A key that went with a user meanwhile cannot be registered under these locks.
  select n.user_id
    from unnest(p_keyed) as n (user_id)
   where not exists (select from jophiel.keys as k where k.kind = 'user' and k.id = n.user_id offset 0)
   limit 1;

  if found then
    raise exception 'user % was deleted while an event of theirs waited', v_user_id
      using errcode = 'serialization_failure',
            hint = 'Nothing was written: give the same events again.';
  end if;
end;
$$;

comment on function jophiel._check_recorded(bigint[], uuid[], timestamptz[], bigint[]) is
  'Raises 40001 where an event (parallel arrays) is not in the log, or is there although its user was deleted later, or where a user of p_keyed has lost the text key.';
