-- The slow path of get_feed: no row yet, or items were deleted after the feed was made.
create or replace function jophiel._current_feed(p_user_id bigint, p_feed text, out generation bigint, out item_ids bigint[], out scores real[])
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._feed_definition(p_feed);
  perform jophiel._check_user(p_user_id);

  select f.generation, f.item_ids, f.scores
    into generation, item_ids, scores
    from jophiel.feeds as f
   where f.user_id = p_user_id
     and f.feed = p_feed;

  if not found then
    select 0, c.item_ids, c.scores
      into generation, item_ids, scores
      from jophiel._compute_feeds(array[p_user_id], p_feed, jophiel._now()) as c;
    return;
  end if;

  select coalesce(array_agg(u.item_id order by u.place), '{}'), coalesce(array_agg(u.score order by u.place), '{}')
    into item_ids, scores
    from unnest(item_ids, scores) with ordinality as u (item_id, score, place)
   where exists (select from jophiel.item_vectors as h where h.item_id = u.item_id);
end;
$$;

comment on function jophiel._current_feed(bigint, text) is
  'A user''s feed without items that were deleted since; computed on the fly (generation 0) where it is not materialised. Raises JO002, JO005.';
