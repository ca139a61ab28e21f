-- The row in tastes is the lock of everything a user did: whoever writes to the log, the follows or the taste of a
-- user holds it, so that writers of one user come one after the other and writers of many never deadlock.
create or replace function jophiel._lock_tastes(p_user_ids bigint[])
  returns bigint[]
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arrays hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_locked bigint[];
begin
  -- A row that is made while another schema version is being made active would escape being marked stale: it waits for that.
  if exists (
    select
      from jophiel.users as u
     where u.user_id = any (p_user_ids)
       and not exists (select from jophiel.tastes as t where t.user_id = u.user_id offset 0))
  then
    perform jophiel._lock_schema_version();

    -- The lock on users makes this wait for a delete_user() that is under way: no taste is made for who is forgotten.
    insert into jophiel.tastes (user_id, taste, as_of)
    select u.user_id, jophiel._zero_taste(), 'epoch'::timestamptz
      from jophiel.users as u
     where u.user_id = any (p_user_ids)
       and not exists (select from jophiel.tastes as t where t.user_id = u.user_id offset 0)
     order by u.user_id
       for key share of u
        on conflict (user_id) do nothing;
  end if;

  select coalesce(array_agg(l.user_id), '{}')
    into v_locked
    from (select t.user_id
            from jophiel.tastes as t
           where t.user_id = any (p_user_ids)
           order by t.user_id
             for no key update of t) as l;

  return v_locked;
end;
$$;

comment on function jophiel._lock_tastes(bigint[]) is
  'Locks the tastes of users in the order of their ids and returns whose it got. Users without a taste get an empty one; '
  'ids that are no user, or are deleted while this waits, are passed over.';
