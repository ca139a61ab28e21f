-- Events may name people nobody has told us about. They get a row, and their taste, the lock of their log, is locked.
create or replace function jophiel._ensure_users(p_user_ids bigint[])
  returns bigint[]
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arrays hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_now timestamptz := jophiel._now();
begin
  insert into jophiel.users (user_id, created_at, updated_at)
  select distinct n.user_id, v_now, v_now
    from unnest(p_user_ids) as n (user_id)
   where not exists (select from jophiel.users as u where u.user_id = n.user_id offset 0)
   order by n.user_id
      on conflict (user_id) do nothing;

  return jophiel._lock_tastes(p_user_ids);
end;
$$;

comment on function jophiel._ensure_users(bigint[]) is
  'Creates the users that are missing, locks the tastes of all in the order of their ids, and returns whose it got. Who is missing there was deleted '
  'while this waited: what the caller wanted to write counts as written before, and is gone with the user. (To create the user again here '
  'would take a lock out of order.)';
