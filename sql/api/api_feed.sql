-- The feed with everything that an application can ask of it: a definition, a cursor, ids to leave out, reasons, weights of its own.
create or replace function jophiel.api_feed(
  p_user       text,
  p_feed       text,
  p_limit      integer,
  p_offset     integer,
  p_generation bigint,
  p_exclude    text[],
  p_reasons    boolean,
  p_options    jsonb
)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user       constant bigint := jophiel._find_id('user', p_user);
  v_excluded   constant bigint[] := array(select jophiel.key_id(e.key) from unnest(p_exclude) as e (key));
  v_ids        bigint[];
  v_ranks      integer[];
  v_scores     real[];
  v_found      bigint;
  v_at         timestamptz;
  v_policy     jophiel.scoring_policies;
  v_wish       public.vector;
  v_made       record;
  v_items      json;
begin
  perform jophiel._check_limit(p_limit, 100);
  if p_options is null then
    select array_agg(g.item_id order by g.rank), array_agg(g.score order by g.rank), max(g.generation)
      into v_ids, v_scores, v_found
      from jophiel.get_feed(v_user, p_feed, 1000, 0, p_generation) as g;
    v_at := coalesce((select s.computed_at
                        from jophiel.feeds as s
                       where s.user_id = v_user and s.feed = p_feed and s.generation = v_found), jophiel._now());
    v_policy := jophiel._policy((jophiel._feed_definition(p_feed)).policy);
  else
    v_policy := jophiel._request_policy(p_feed, jsonb_strip_nulls(p_options));
    v_wish := jophiel._wish(jsonb_strip_nulls(p_options));
    select r.*
      into v_made
      from jophiel._requested_feed(v_user, p_feed, v_policy, v_wish, p_generation) as r;
    v_ids := v_made.item_ids;
    v_scores := v_made.scores;
    v_found := v_made.generation;
    v_at := v_made.made_at;
  end if;

  select array_agg(f.item_id order by f.rank), array_agg(f.rank order by f.rank), array_agg(f.score order by f.rank)
    into v_ids, v_ranks, v_scores
    from (select u.item_id, u.rank, u.score
            from unnest(v_ids, v_scores) with ordinality as u (item_id, score, rank)
           where u.rank > p_offset
             and u.item_id <> all (v_excluded)
           order by u.rank
           limit p_limit + 1) as f;

  with reason as materialized (
    select e.item_id, e.reasons
      from jophiel._explain_reasons(v_user, v_ids, v_policy, v_at, v_wish) as e
     where p_reasons
  )
  select json_agg(
           case when p_reasons
                then json_build_object('item_id', jophiel._json_key('item', u.id), 'rank', u.rank, 'score', u.score, 'title', i.title,
                                       'creator_id', jophiel._json_key('user', i.creator_id), 'reasons', coalesce(r.reasons, '[]'))
                else json_build_object('item_id', jophiel._json_key('item', u.id), 'rank', u.rank, 'score', u.score, 'title', i.title,
                                       'creator_id', jophiel._json_key('user', i.creator_id)) end
           order by u.rank)
    into v_items
    from unnest(v_ids[: p_limit], v_ranks[: p_limit], v_scores[: p_limit]) as u (id, rank, score)
    join jophiel.items as i on i.item_id = u.id
    left join reason as r on r.item_id = u.id;

  return json_build_object(
    'user_id', jophiel._json_key('user', v_user), 'feed', p_feed, 'generation', coalesce(v_found, 0), 'generated_at', jophiel._json_time(v_at),
    'items', coalesce(v_items, '[]'),
    'next_cursor', case when cardinality(v_ids) > p_limit then concat(v_found, '.', v_ranks[p_limit]) end);
end;
$$;

comment on function jophiel.api_feed(text, text, integer, integer, bigint, text[], boolean, jsonb) is
  'Items of a feed after a rank, without the excluded ones, with their reasons where wanted; made on demand as jophiel.recommend() does where p_options is not null; next_cursor is generation.rank of the last item, null at the end. For the '
  'HTTP API, with the owner''s rights (security definer). Raises JO001, JO002, JO005, JO006, JO010, JO020 (the generation is gone).';
