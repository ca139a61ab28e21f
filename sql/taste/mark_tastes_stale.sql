-- Whatever changes what a log is worth (signals, centroids, weights, the half-life) says so here; the batch rebuilds.
create or replace function jophiel.mark_tastes_stale(p_user_ids bigint[] default null)
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the array holds: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_now    timestamptz := jophiel._now();
  v_ids    bigint[];
  v_marked bigint;
begin
  if p_user_ids is null then
    perform t.user_id
       from jophiel.tastes as t
      order by t.user_id
        for no key update of t;

    update jophiel.tastes as t
       set stale_since = coalesce(t.stale_since, v_now),
           version = t.version + 1;
  else
    v_ids := jophiel._lock_tastes(p_user_ids);

    update jophiel.tastes as t
       set stale_since = coalesce(t.stale_since, v_now),
           version = t.version + 1
     where t.user_id = any (v_ids);
  end if;

  get diagnostics v_marked = row_count;
  return v_marked;
end;
$$;

comment on function jophiel.mark_tastes_stale(bigint[]) is
  'Marks the tastes of users (null: of everybody) to be rebuilt from the log by the next batch, and returns how many there are. Call it '
  'without arguments after changing weights in interaction_types or event_settings.taste_half_life_days.';
