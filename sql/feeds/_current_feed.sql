-- The slow path of get_feed. What is stored is shown only if it was made from what the user did until now (reaction_version) and is marked by
-- no new item; otherwise the batch's own core makes the feed for this reader, so that a reaction is exact and nothing has to be kept right.
create or replace function jophiel._current_feed(
  p_user_id      bigint,
  p_feed         text,
  p_generation   bigint default null,
  out generation bigint,
  out item_ids   bigint[],
  out scores     real[]
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_at timestamptz := date_trunc('milliseconds', jophiel._now());
begin
  perform jophiel._feed_definition(p_feed);
  perform jophiel._check_user(p_user_id);

  if p_generation < 0 then
    -- Page two of what was computed for page one: the same again, as of then.
    v_at := jophiel._generation_time(p_generation, v_at);
  else
    select f.generation, f.item_ids, f.scores
      into generation, item_ids, scores
      from jophiel.feeds as f
     where f.user_id = p_user_id
       and f.feed = p_feed
       and f.taste_version >= coalesce((select t.reaction_version from jophiel.tastes as t where t.user_id = p_user_id), 0)
       and not exists (select from jophiel.feed_marks as m where m.user_id = p_user_id and m.feed = p_feed);

    if found then
      select coalesce(array_agg(u.item_id order by u.place), '{}'), coalesce(array_agg(u.score order by u.place), '{}')
        into item_ids, scores
        from unnest(item_ids, scores) with ordinality as u (item_id, score, place)
       where exists (select from jophiel.item_vectors as h where h.item_id = u.item_id offset 0);
      return;
    end if;
  end if;

  select jophiel._computed_generation(c.item_ids, v_at), c.item_ids, c.scores
    into generation, item_ids, scores
    from jophiel._compute_feeds(array[p_user_id], p_feed, v_at) as c;
end;
$$;

comment on function jophiel._current_feed(bigint, text, bigint) is
  'A user''s feed as it has to be shown now, without items that were deleted. Where the stored one is missing, older than a reaction or marked it is computed, and its generation '
  'is negative; given back as p_generation, it is computed as of the time of that generation. Raises JO002, JO005.';
