-- The time of a user's deletion is a register too: the latest counts, for what has arrived and for what arrives later.
create or replace function jophiel._ingest_deletions(p_events jophiel.event[])
  returns table (number integer, event_id uuid, outcome text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_numbers integer[];
  v_known   integer[];
  v_ids     uuid[];
  v_users   bigint[];
  v_times   timestamptz[];
begin
  select array_agg(r.number), array_agg(r.event_id), array_agg(r.user_id), array_agg(r.happened_at),
         array_agg(r.number) filter (where r.is_repeated
                                        or exists (select
                                                     from jophiel.user_tombstones as b
                                                    where b.user_id = r.user_id
                                                      and b.deleted_at = r.happened_at))
    into v_numbers, v_ids, v_users, v_times, v_known
    from (select e.number, e.event_id, e.user_id, e.happened_at,
                 row_number() over (partition by e.user_id, e.happened_at order by e.number) > 1 as is_repeated
            from unnest(p_events) as e
           where e.fault is null
             and e.action = 'delete_user') as r;

  if v_numbers is null then
    return;
  end if;

  with latest as (
    insert into jophiel.user_tombstones as b (user_id, deleted_at)
    select e.user_id, max(e.happened_at)
      from unnest(v_users, v_times) as e (user_id, happened_at)
     group by e.user_id
        on conflict (user_id) do update
       set deleted_at = excluded.deleted_at
     where b.deleted_at < excluded.deleted_at
    returning b.user_id, b.deleted_at
  )
  select array_agg(l.user_id), array_agg(l.deleted_at)
    into v_users, v_times
    from latest as l;

  if v_users is not null then
    perform jophiel._forget_users_before(v_users, v_times);
  end if;

  return query
    select e.number, e.event_id, case when e.number = any (v_known) then 'duplicate' else 'applied' end
      from unnest(v_numbers, v_ids) as e (number, event_id);
end;
$$;

comment on function jophiel._ingest_deletions(jophiel.event[]) is
  'Deletes the users whom events whose locks are held say were deleted, and gives the outcome of each.';
