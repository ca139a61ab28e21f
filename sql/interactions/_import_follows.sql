-- Follows by the million: registers are written in one statement, tastes wait for the batch.
create or replace function jophiel._import_follows()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_now   timestamptz := jophiel._now();
  v_users bigint[];
  v_count bigint;
begin
  -- What happened before an event deleted the user does not come back.
  delete from pg_temp.staged_follows as s
   using jophiel.user_tombstones as b
   where b.user_id = jophiel.key_id(btrim(s.user_id))
     and jophiel._parse_time(btrim(s.ts)) <= b.deleted_at;

  perform jophiel._register_keys('user', array(
    select distinct k.key
      from pg_temp.staged_follows as s
     cross join lateral (values (btrim(s.user_id)), (btrim(s.creator_id))) as k (key)
     where jophiel.key_id(k.key) < 0));

  v_users := array(select distinct jophiel.key_id(btrim(s.user_id)) from pg_temp.staged_follows as s order by 1);
  perform jophiel._ensure_users(v_users);

  with follow as (
    select distinct on (user_id, creator_id)
           jophiel.key_id(btrim(s.user_id)) as user_id,
           jophiel.key_id(btrim(s.creator_id)) as creator_id,
           jophiel._parse_time(btrim(s.ts)) as happened_at
      from pg_temp.staged_follows as s
     order by user_id, creator_id, happened_at desc nulls last
  ), written as (
    insert into jophiel.follows as f (user_id, creator_id, happened_at, event_id)
    select w.user_id, w.creator_id, coalesce(w.happened_at, v_now),
           jophiel._import_event_id(w.user_id, w.creator_id, 'follow', w.happened_at)
      from follow as w
        on conflict (user_id, creator_id) do update
       set is_active = true,
           happened_at = excluded.happened_at,
           event_id = excluded.event_id
     where f.event_id <> excluded.event_id
       and (f.happened_at, f.event_id) < (excluded.happened_at, excluded.event_id)
    returning user_id
  )
  select array_agg(distinct w.user_id), count(*)
    into v_users, v_count
    from written as w;

  if v_count > 0 then
    perform jophiel.mark_tastes_stale(v_users);
  end if;

  return v_count;
end;
$$;

comment on function jophiel._import_follows() is
  'Moves staged_follows, already checked, into follows, creates the users that are missing and marks their tastes stale. Returns how '
  'many are the latest word about their user and creator. Without a time: now.';
