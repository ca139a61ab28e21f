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
  v_now      constant timestamptz := jophiel._now();
  v_timely   integer[];
  v_items    bigint[];
  v_acted_on bigint[];
  v_makers   bigint[];
  v_followed bigint[];
  v_users    bigint[];
  v_changed  bigint[];
  v_leaving  bigint[];
  v_unknown  bigint[];
begin
  select array_agg(r.number),
         array_agg(r.item_id) filter (where r.action in ('put_item', 'delete_item')),
         coalesce(array_agg(r.item_id) filter (where r.item_id is not null and r.action not in ('put_item', 'delete_item')), '{}'),
         array_agg(r.creator_id) filter (where r.action = 'put_item'),
         array_agg(r.creator_id) filter (where r.action in ('follow', 'unfollow')),
         coalesce(array_agg(distinct r.user_id) filter (where r.user_id is not null), '{}'),
         array_agg(r.user_id) filter (where r.action in ('put_user', 'delete_user')),
         coalesce(array_agg(r.user_id) filter (where r.action = 'delete_user'), '{}')
    into v_timely, v_items, v_acted_on, v_makers, v_followed, v_users, v_changed, v_leaving
    from jophiel._read_events(p_events) as r
   where r.fault is null
     and r.is_late is not true;

  if v_timely is null then
    return;
  end if;
  perform jophiel._register_event_keys(p_events);

  v_unknown := array(
    select n.item_id from unnest(v_acted_on) as n (item_id) where not exists (select from jophiel.items as i where i.item_id = n.item_id));
  if v_items is not null then
    perform jophiel._hold_items(v_unknown, v_items);
    perform jophiel._date_items(v_items);
    perform i.item_id
       from jophiel.items as i
      where i.item_id = any (v_items)
      order by i.item_id
        for no key update of i;
    perform jophiel._lock_schema_version();
    perform s.item_id
       from jophiel.item_signals as s
      where s.item_id = any (v_items || v_acted_on)
      order by s.item_id
        for update of s;
    perform jophiel._note_creators(v_makers || array(select i.creator_id from jophiel.items as i where i.item_id = any (v_items)));
  else
    if v_unknown <> '{}' then
      perform jophiel._hold_items(v_unknown);
    end if;
    perform jophiel._hold_signals(v_acted_on);
  end if;

  perform c.creator_id
     from jophiel.creators as c
    where c.creator_id = any (v_followed)
    order by c.creator_id
      for share of c;

  if v_users = '{}' then
    return;
  end if;

  insert into jophiel.users (user_id, created_at, updated_at)
  select n.user_id, v_now, v_now
    from unnest(v_users) as n (user_id)
   where not exists (select from jophiel.users as u where u.user_id = n.user_id)
   order by n.user_id
      on conflict (user_id) do nothing;
  perform u.user_id
     from jophiel.users as u
    where u.user_id = any (v_changed)
    order by u.user_id
      for update of u;

  -- An item that is written marks the tastes of those who acted on it; nobody does meanwhile.
  if not v_users <@ jophiel._lock_tastes(v_users || array(
           select i.user_id from jophiel.interactions as i where i.item_id = any (v_items)))
     or exists (select
                  from jophiel._read_events(p_events) as r
                 where r.number = any (v_timely)
                   and (r.is_late
                        -- A key that went with a user meanwhile cannot be registered under these locks.
                        or (r.user_id <> all (v_leaving)
                            and ((r.user_key is not null and r.user_id < 0
                                  and not exists (select from jophiel.keys as k where k.kind = 'user' and k.id = r.user_id))
                                 or (r.collection_key is not null and r.collection_id < 0
                                     and not exists (select from jophiel.keys as k where k.kind = 'collection' and k.id = r.collection_id))))))
  then
    raise exception 'a user was deleted while an event of theirs waited'
      using errcode = 'serialization_failure',
            hint = 'Nothing was written: give the same events again.';
  end if;
end;
$$;

comment on function jophiel._lock_events(jsonb) is
  'Registers the keys in events that have no fault and are not late, creates their users, and locks what they will change. Raises 40001 where a user was deleted meanwhile.';
