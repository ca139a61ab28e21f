-- The caller's own list in the order of a user's taste, with unlike neighbours where wanted.
create or replace function jophiel.api_rerank(p_user text, p_items text[], p_policy text, p_diversity double precision)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user   constant bigint := jophiel._find_id('user', p_user);
  v_given  constant bigint[] := array(select distinct jophiel.key_id(k.key) from unnest(p_items) as k (key));
  v_ids    bigint[];
  v_scores real[];
begin
  select coalesce(array_agg(s.item_id order by s.score desc, s.item_id), '{}'),
         coalesce(array_agg(jophiel._as_real(s.score) order by s.score desc, s.item_id), '{}')
    into v_ids, v_scores
    from jophiel.score_items(v_user, v_given, p_policy) as s;

  if p_diversity > 0 then
    select d.item_ids, d.scores
      into v_ids, v_scores
      from jophiel._diversify(v_ids, v_scores, p_diversity, cardinality(v_ids)) as d;
  end if;

  return json_build_object(
    'user_id', jophiel._json_key('user', v_user),
    'items', coalesce((select json_agg(json_build_object('item_id', jophiel._json_key('item', u.id), 'score', u.score) order by u.place)
                         from unnest(v_ids, v_scores) with ordinality as u (id, score, place)), '[]'),
    'unknown', coalesce((select json_agg(k.key order by k.place)
                           from unnest(p_items) with ordinality as k (key, place)
                          where jophiel.key_id(k.key) <> all (v_ids)), '[]'));
end;
$$;

comment on function jophiel.api_rerank(text, text[], text, double precision) is
  'score_items() of a list, best first, with diversity by MMR (0 to 1), and the keys that are no live item. For the HTTP API, with the owner''s rights (security definer). '
  'Raises JO002, JO006.';
