-- Where the log says something that a vector addition cannot: an unlike, a changed vector, an import.
create or replace function jophiel._rebuild_tastes(p_user_ids bigint[], p_is_reaction boolean default false)
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the array holds: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
  -- Also those that were planned while the tables were short, in a session that sees them grow.
  set enable_seqscan = off
as $$
declare
  -- A statement of its own: what the writers before us committed is in the snapshot of the next one.
  v_ids constant bigint[] := jophiel._lock_tastes(p_user_ids);
begin
  update jophiel.tastes as t
     set taste = w.taste,
         as_of = w.as_of,
         mass = w.mass,
         event_count = w.event_count,
         version = t.version + 1,
         stale_since = null,
         reaction_version = case when p_is_reaction then t.version + 1 else t.reaction_version end
    from jophiel._log_tastes(v_ids) as w
   where t.user_id = any (v_ids)
     and t.user_id = w.user_id;

  return cardinality(v_ids);
end;
$$;

comment on function jophiel._rebuild_tastes(bigint[], boolean) is
  'Computes the tastes of users anew from the log, clears stale_since, raises version (p_is_reaction: for readers too), and returns how many there were. '
  'Locks the tastes in the order of user ids; ids that are no user are passed over.';
