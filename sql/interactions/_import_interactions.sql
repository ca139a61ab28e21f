-- Interactions by the million: the log is written in one statement, tastes wait for the batch.
create or replace function jophiel._import_interactions()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_now   timestamptz := jophiel._now();
  v_users bigint[];
  v_added bigint;
begin
  -- What happened before an event deleted the user does not come back.
  delete from pg_temp.staged_interactions as s
   using jophiel.user_tombstones as b
   where b.user_id = jophiel.key_id(btrim(s.user_id))
     and jophiel._parse_time(btrim(s.ts)) <= b.deleted_at;

  perform jophiel._register_keys('user', array(
    select u.key
      from (select distinct btrim(s.user_id) as key from pg_temp.staged_interactions as s) as u
     where jophiel.key_id(u.key) < 0));
  perform jophiel._register_keys('item', array(
    select i.key
      from (select distinct btrim(s.item_id) as key from pg_temp.staged_interactions as s) as i
     where jophiel.key_id(i.key) < 0));

  v_users := array(
    select distinct jophiel.key_id(u.key)
      from (select distinct btrim(s.user_id) as key from pg_temp.staged_interactions as s) as u
     order by 1);
  perform jophiel._ensure_users(v_users);

  -- Materialized, so that every key and time is read once.
  with event as materialized (
    select jophiel.key_id(btrim(s.user_id)) as user_id,
           jophiel.key_id(btrim(s.item_id)) as item_id,
           coalesce(nullif(btrim(s.type), ''), 'like') as interaction_type,
           round(nullif(btrim(s.weight), '')::numeric, 9)::real as weight,
           jophiel._parse_time(btrim(s.ts)) as happened_at
      from pg_temp.staged_interactions as s
  ), added as (
    insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, weight, happened_at, received_at)
    select e.user_id,
           jophiel._import_event_id(e.user_id, e.item_id, e.interaction_type, e.happened_at),
           e.item_id, e.interaction_type, e.weight, coalesce(e.happened_at, v_now), v_now
      from event as e
     order by e.user_id, e.happened_at
        on conflict (user_id, event_id) do nothing
    returning user_id
  )
  select array_agg(distinct a.user_id), count(*)
    into v_users, v_added
    from added as a;

  if v_added > 0 then
    perform jophiel._settle_interactions(v_users);
  end if;

  return v_added;
end;
$$;

comment on function jophiel._import_interactions() is
  'Moves staged_interactions, already checked, into the log, creates the users that are missing, settles states and marks the tastes stale. '
  'Returns how many are new: the same row twice is one event. Unknown items are legal.';
