-- Follows are registers of (user, creator). The taste is rebuilt at once: a follow's weight may go as well as come.
create or replace function jophiel._record_follows(
  p_user_ids    bigint[],
  p_creator_ids bigint[],
  p_is_active   boolean[],
  p_happened_at timestamptz[],
  p_event_ids   uuid[]
)
  returns integer[]
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_users    bigint[];
  v_ordinals integer[];
  v_moved    bigint[];
begin
  -- _lock_tastes() would take this lock for a new taste, but after those on creators, which a schema switch takes the other way round.
  if exists (
    select
      from unnest(p_user_ids) as u (user_id)
     where not exists (select from jophiel.tastes as t where t.user_id = u.user_id offset 0))
  then
    perform jophiel._lock_schema_version();
  end if;

  -- refresh_creators() waits for us, or we for it: no follow adds a centroid that is being replaced.
  perform c.creator_id
     from jophiel.creators as c
    where c.creator_id = any (p_creator_ids)
    order by c.creator_id
      for share of c;

  v_users := jophiel._ensure_users((select array_agg(distinct u.user_id) from unnest(p_user_ids) as u (user_id)));

  with input as (
    select distinct on (r.user_id, r.creator_id)
           r.user_id, r.creator_id, r.is_active, r.happened_at, r.event_id, r.ordinal,
           coalesce(f.is_active, false) as was_active
      from unnest(p_user_ids, p_creator_ids, p_is_active, p_happened_at, p_event_ids)
           with ordinality as r (user_id, creator_id, is_active, happened_at, event_id, ordinal)
      join unnest(v_users) as u (user_id) on u.user_id = r.user_id
      left join jophiel.follows as f on f.user_id = r.user_id and f.creator_id = r.creator_id
     order by r.user_id, r.creator_id, r.happened_at desc, r.event_id desc
  ), written as (
    insert into jophiel.follows as f (user_id, creator_id, is_active, happened_at, event_id)
    select n.user_id, n.creator_id, n.is_active, n.happened_at, n.event_id
      from input as n
        on conflict (user_id, creator_id) do update
       set is_active = excluded.is_active,
           happened_at = excluded.happened_at,
           event_id = excluded.event_id
     where (f.happened_at, f.event_id) < (excluded.happened_at, excluded.event_id)
    returning f.user_id, f.creator_id
  )
  select array_agg(n.ordinal::integer), array_agg(distinct n.user_id) filter (where n.is_active or n.was_active)
    into v_ordinals, v_moved
    from input as n
    join written as w on w.user_id = n.user_id and w.creator_id = n.creator_id;

  if v_moved is not null then
    perform jophiel._rebuild_tastes(v_moved, true);
  end if;

  return coalesce(v_ordinals, '{}');
end;
$$;

comment on function jophiel._record_follows(bigint[], bigint[], boolean[], timestamptz[], uuid[]) is
  'Sets who follows whom (parallel arrays, already checked) and returns the ordinals (from 1) of the rows that became the '
  'latest word about their user and creator.';
