-- "What if content alone, or twice as much of what others like?": a feed on demand, by weights of the caller's own.
create or replace function jophiel.recommend(
  p_user_id    bigint,
  p_options    jsonb default '{}',
  p_feed       text default 'main',
  p_limit      integer default 20,
  p_offset     integer default 0,
  p_generation bigint default null
)
  returns table (rank integer, item_id bigint, score real, reasons json, generation bigint)
  language plpgsql
  stable parallel safe
  rows 20
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_options constant jsonb := jsonb_strip_nulls(p_options);
  v_policy  jophiel.scoring_policies;
  v_wish    public.vector;
  v_feed    record;
  v_page    bigint[];
begin
  if p_limit not between 1 and 1000 or p_offset < 0 or p_limit is null or p_offset is null then
    raise exception 'limit % or offset % is out of range', coalesce(p_limit::text, 'null'), coalesce(p_offset::text, 'null')
      using errcode = 'JO001',
            hint = 'The limit is 1 to 1000, the offset 0 or more.';
  end if;

  v_policy := jophiel._request_policy(p_feed, v_options);
  v_wish := jophiel._wish(v_options);
  select r.*
    into v_feed
    from jophiel._requested_feed(p_user_id, p_feed, v_policy, v_wish, p_generation) as r;
  v_page := array(
    select u.item_id
      from unnest(v_feed.item_ids) with ordinality as u (item_id, place)
     where u.place > p_offset
       and u.place <= p_offset::bigint + p_limit);

  return query
    select u.place::integer, u.item_id, u.score, coalesce(r.reasons, '[]'), v_feed.generation
      from unnest(v_feed.item_ids, v_feed.scores) with ordinality as u (item_id, score, place)
      left join (select e.item_id, e.reasons
                   from jophiel._explain_reasons(p_user_id, v_page, v_policy, v_feed.made_at, v_wish) as e) as r on r.item_id = u.item_id
     where u.place > p_offset
       and u.place <= p_offset::bigint + p_limit
     order by u.place;
end;
$$;

comment on function jophiel.recommend(bigint, jsonb, text, integer, integer, bigint) is
  'A page of a feed made on demand, by weights that hold for this call; nothing is stored. p_options: models (a list of content, collaborative, neighbours, following, novelty, popularity: nothing else counts), '
  'cf_weight (0: content alone, 1: collaborative and neighbours alone, of what the three weigh together), weights (as in define_policy(), without penalty and half-life), policy (another than the feed''s), '
  'query_text (a wish in words: query_weight, 1 where it is not given, times its likeness to an item is added to the score; words that no item has are ignored), query_embedding (what the model in use makes of that text), query_model (by which name it was made; where the vectors in use are of another, or of another length, the words alone count). '
  'reasons: component, weight, value, contribution; the contributions add up to the score. generation: give it with the next page and the same options, which raises JO020 if the feed has become another. '
  'Raises JO001 (a value out of range), JO002 (unknown user), JO005 (unknown feed), JO006 (unknown policy, or no weight left), JO010 (unknown option), JO011 (an embedding of the wrong length).';

create or replace function jophiel.recommend(
  p_user_key   text,
  p_options    jsonb default '{}',
  p_feed       text default 'main',
  p_limit      integer default 20,
  p_offset     integer default 0,
  p_generation bigint default null
)
  returns table (rank integer, item_id bigint, score real, reasons json, generation bigint)
  language sql
  stable parallel safe
as $$
  select r.rank, r.item_id, r.score, r.reasons, r.generation
    from jophiel.recommend(jophiel._find_id('user', p_user_key), p_options, p_feed, p_limit, p_offset, p_generation) as r
$$;

comment on function jophiel.recommend(text, jsonb, text, integer, integer, bigint) is 'As recommend(bigint, ...), for an application''s text key.';
