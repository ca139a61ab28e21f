-- The one writer of feeds. Set-based over users, whatever their number; a feed is one row, so a reader sees the old one or the new one.
create or replace function jophiel.recompute_feeds(p_user_ids bigint[], p_feed text default 'main')
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_now constant timestamptz := jophiel._now();
  v_definition constant jophiel.feed_definitions := jophiel._feed_definition(p_feed);
  v_hash constant bigint := jophiel._inputs_hash(v_definition, jophiel._policy(v_definition.policy));
  v_stale bigint[];
  v_written bigint;
begin
  if cardinality(p_user_ids) < 8 then
    -- Until this function ends, for it has a SET clause of the same setting.
    perform set_config('plan_cache_mode', 'force_generic_plan', true);
  end if;

  -- Waits for a delete_user() that is under way and holds off the next: no feed is made for who is forgotten.
  perform u.user_id
     from jophiel.users as u
    where u.user_id = any (p_user_ids)
    order by u.user_id
      for key share of u;

  v_stale := array(
    select t.user_id
      from jophiel.tastes as t
     where t.user_id = any (p_user_ids)
       and t.stale_since is not null
     order by t.user_id);
  if v_stale <> '{}' then
    perform jophiel._rebuild_tastes(v_stale);
  end if;

  -- Marks go first: one that is made while the feed is computed stays.
  delete from jophiel.feed_marks as m
   where m.user_id = any (p_user_ids)
     and m.feed = p_feed;

  insert into jophiel.feeds as f (user_id, feed, generation, computed_at, taste_version, inputs_hash, item_ids, scores)
  select c.user_id, p_feed, 1, v_now, c.taste_version, v_hash, c.item_ids, c.scores
    from jophiel._compute_feeds(p_user_ids, p_feed, v_now) as c
   order by c.user_id
      on conflict (user_id, feed) do update
     set generation = f.generation + 1,
         computed_at = excluded.computed_at,
         taste_version = excluded.taste_version,
         inputs_hash = excluded.inputs_hash,
         item_ids = excluded.item_ids,
         scores = excluded.scores
   -- A slow worker does not overwrite what another made from a newer taste (of the taste that there is: versions begin anew with a user).
   where f.taste_version <= excluded.taste_version
      or f.taste_version > coalesce((select t.version from jophiel.tastes as t where t.user_id = f.user_id), 0);
  get diagnostics v_written = row_count;
  return v_written;
end;
$$;

comment on function jophiel.recompute_feeds(bigint[], text) is
  'Makes the feeds of many users anew, each replaced at once; rebuilds stale tastes first. Unknown users are passed over. Returns how many were written. Raises JO005 '
  '(unknown feed), JO006 (unknown policy).';
