-- A call that does more than record interactions would take locks in the order of its parts. So it takes all of them here, in the one order of
-- docs/architecture.md, and the parts find them held.
create or replace function jophiel._lock_events(p_events jophiel.event[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now      constant timestamptz := jophiel._now();
  v_items    bigint[];
  v_acted_on bigint[];
  v_makers   bigint[];
  v_followed bigint[];
  v_users    bigint[];
  v_changed  bigint[];
  v_locked   bigint[];
begin
  perform jophiel._register_event_keys(p_events);
  select array_agg(e.item_id) filter (where e.action in ('put_item', 'delete_item')),
         coalesce(array_agg(e.item_id) filter (where e.item_id is not null and e.action not in ('put_item', 'delete_item')), '{}'),
         array_agg(e.creator_id) filter (where e.action = 'put_item'),
         array_agg(e.creator_id) filter (where e.action in ('follow', 'unfollow')),
         coalesce(array_agg(distinct e.user_id) filter (where e.user_id is not null), '{}'),
         array_agg(e.user_id) filter (where e.action in ('put_user', 'delete_user'))
    into v_items, v_acted_on, v_makers, v_followed, v_users, v_changed
    from unnest(p_events) as e;

  perform jophiel._lock_event_items(v_items, v_acted_on, v_makers);
  if v_followed is not null then
    perform c.creator_id
       from jophiel.creators as c
      where c.creator_id = any (v_followed)
      order by c.creator_id
        for share of c;
  end if;
  if v_users = '{}' then
    return;
  end if;

  insert into jophiel.users (user_id, created_at, updated_at)
  select n.user_id, v_now, v_now
    from unnest(v_users) as n (user_id)
   where not exists (select from jophiel.users as u where u.user_id = n.user_id offset 0)
   order by n.user_id
      on conflict (user_id) do nothing;
  if v_changed is not null then
    perform u.user_id
       from jophiel.users as u
      where u.user_id = any (v_changed)
      order by u.user_id
        for update of u;
  end if;

  -- An item that is written marks the tastes of those who acted on it; nobody does meanwhile.
  v_locked := jophiel._lock_tastes(v_users || array(
    select i.user_id from jophiel.interactions as i where i.item_id = any (v_items)));
  -- In a statement of its own: in one with the locks it would look with a snapshot from before the wait for them.
  if not v_users <@ v_locked or jophiel._is_anybody_gone(p_events) then
    raise exception 'a user was deleted while an event of theirs waited'
      using errcode = 'serialization_failure',
            hint = 'Nothing was written: give the same events again.';
  end if;
end;
$$;

comment on function jophiel._lock_events(jophiel.event[]) is
  'Registers the keys in events (none with a fault, none late), creates their users, and locks what they will change. Raises 40001 where a user was deleted meanwhile.';
