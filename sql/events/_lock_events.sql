-- A call that does more than record interactions would take locks in the order of its parts. So it takes all of them here, in the one order of
-- docs/architecture.md, and the parts find them held.
create or replace function jophiel._lock_events(p_events jsonb)
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_items    bigint[];
  v_creators bigint[];
  v_users    bigint[];
begin
  perform jophiel._register_event_keys(p_events);

  select coalesce(array_agg(distinct r.item_id), '{}'), array_agg(distinct r.creator_id) filter (where r.action in ('follow', 'unfollow')),
         coalesce(array_agg(distinct r.user_id) filter (where r.user_id is not null), '{}')
    into v_items, v_creators, v_users
    from jophiel._read_events(p_events) as r
   where r.fault is null;

  perform jophiel._hold_signals(v_items);

  perform c.creator_id
     from jophiel.creators as c
    where c.creator_id = any (v_creators)
    order by c.creator_id
      for share of c;

  if cardinality(jophiel._ensure_users(v_users)) < cardinality(v_users) then
    raise exception 'a user was deleted while an event of theirs waited'
      using errcode = 'serialization_failure',
            hint = 'Nothing was written: give the same events again.';
  end if;
end;
$$;

comment on function jophiel._lock_events(jsonb) is
  'Registers the keys in events without a fault, creates their users, and locks what they will change. Raises 40001 where a user was deleted meanwhile.';
