-- Staleness is found by comparing, not remembered in a queue, so no crash can lose it. Locked users are another worker's, and skipped.
create or replace function jophiel._claim_stale_feeds(p_definition jophiel.feed_definitions, p_after bigint, p_limit integer)
  returns bigint[]
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_hash constant bigint := jophiel._inputs_hash(p_definition, jophiel._policy(p_definition.policy));
  v_oldest constant timestamptz := jophiel._now() - p_definition.max_age;
  v_after bigint := p_after;
  v_locked bigint[];
  v_stale bigint[];
begin
  loop
    v_locked := array(
      select u.user_id
        from jophiel.users as u
        left join jophiel.feeds as f on f.user_id = u.user_id and f.feed = p_definition.feed
        left join jophiel.tastes as t on t.user_id = u.user_id
       where u.user_id > v_after
         and (jophiel._is_stale(f.taste_version, t.version, f.inputs_hash, v_hash, f.computed_at, v_oldest)
              or exists (select from jophiel.feed_marks as m where m.user_id = u.user_id and m.feed = p_definition.feed))
       order by u.user_id
       limit p_limit
         for no key update of u skip locked);

    -- Another worker may have finished and let go of some between our snapshot and our lock: look again, now that nobody can.
    v_stale := array(
      select n.user_id
        from unnest(v_locked) as n (user_id)
        left join jophiel.feeds as f on f.user_id = n.user_id and f.feed = p_definition.feed
        left join jophiel.tastes as t on t.user_id = n.user_id
       where jophiel._is_stale(f.taste_version, t.version, f.inputs_hash, v_hash, f.computed_at, v_oldest)
          or exists (select from jophiel.feed_marks as m where m.user_id = n.user_id and m.feed = p_definition.feed)
       order by n.user_id);
    exit when v_stale <> '{}' or v_locked = '{}';
    v_after := v_locked[cardinality(v_locked)];
  end loop;

  return v_stale;
end;
$$;

comment on function jophiel._claim_stale_feeds(jophiel.feed_definitions, bigint, integer) is
  'Locks and returns up to p_limit users after p_after whose feed is missing, made from an older taste or other inputs, too old, or marked.';
