-- What was read before the locks were held may be true no more.
create or replace function jophiel._is_anybody_gone(p_events jophiel.event[])
  returns boolean
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the events hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
begin
  return exists (
    select
      from unnest(p_events) as e
     where exists (select from jophiel.user_tombstones as b where b.user_id = e.user_id and b.deleted_at >= e.happened_at offset 0)
        -- A key that went with a user meanwhile cannot be registered under these locks.
        or (not exists (select from unnest(p_events) as d where d.action = 'delete_user' and d.user_id = e.user_id)
            and ((e.user_key is not null and e.user_id < 0
                  and not exists (select from jophiel.keys as k where k.kind = 'user' and k.id = e.user_id offset 0))
                 or (e.collection_key is not null and e.collection_id < 0
                     and not exists (select from jophiel.keys as k where k.kind = 'collection' and k.id = e.collection_id offset 0)))));
end;
$$;

comment on function jophiel._is_anybody_gone(jophiel.event[]) is
  'Whether the user of an event (none of which was late when it was read), or a text key of one, was deleted meanwhile. The tastes of the users are locked.';
