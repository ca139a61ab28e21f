-- What a request says about weights holds for that request: the policy's row stays as it is.
create or replace function jophiel._request_policy(p_feed text, p_options jsonb)
  returns jophiel.scoring_policies
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_names  constant text[] := array['content', 'collaborative', 'neighbours', 'following', 'novelty', 'popularity'];
  v_models constant jsonb := coalesce(p_options -> 'models', to_jsonb(v_names));
  v_share  double precision;
  v_policy jophiel.scoring_policies;
  v_whole  double precision;
begin
  perform jophiel._check_request(p_options);
  v_policy := jophiel._policy(coalesce(p_options ->> 'policy', (jophiel._feed_definition(p_feed)).policy));
  v_share := p_options ->> 'cf_weight';
  v_policy := jsonb_populate_record(v_policy, coalesce(p_options -> 'weights', '{}'));

  if p_options ? 'models' then
    -- What is named counts, if need be with a weight of 1; what is not named does not.
    v_policy.similarity := case when v_models ? 'content' then coalesce(nullif(v_policy.similarity, 0), 1) else 0 end;
    v_policy.collaborative := case when v_models ? 'collaborative' then coalesce(nullif(v_policy.collaborative, 0), 1) else 0 end;
    v_policy.neighbours := case when v_models ? 'neighbours' then coalesce(nullif(v_policy.neighbours, 0), 1) else 0 end;
    v_policy.following := case when v_models ? 'following' then coalesce(nullif(v_policy.following, 0), 1) else 0 end;
    v_policy.novelty := case when v_models ? 'novelty' then coalesce(nullif(v_policy.novelty, 0), 1) else 0 end;
    v_policy.popularity := case when v_models ? 'popularity' then coalesce(nullif(v_policy.popularity, 0), 1) else 0 end;
    v_policy.cold_popularity := case when v_models ? 'popularity' then v_policy.cold_popularity else 0 end;
  end if;

  if v_share is not null then
    -- The sum stays, so that follows, novelty and popularity weigh against it as before. The collaborative side is shared as the policy shares it among what
    -- the model in use has, or else equally.
    v_whole := coalesce(nullif(v_policy.similarity + v_policy.collaborative + v_policy.neighbours, 0), 1);
    v_policy.similarity := case when v_models ? 'content' then (1 - v_share) * v_whole else 0 end;
    select coalesce(v_share * v_whole * max(s.vectors / (s.vectors + s.neighbours)), 0),
           coalesce(v_share * v_whole * max(s.neighbours / (s.vectors + s.neighbours)), 0)
      into v_policy.collaborative, v_policy.neighbours
      from (select c.vectors, c.neighbours
              from (select (v_models ? 'collaborative')::integer::float8 as vectors, (v_models ? 'neighbours')::integer::float8 as neighbours) as w
             cross join (select coalesce(max(1::float8) filter (where m.dimensions is not null), 0) as vectors,
                                coalesce(max(1::float8) filter (where exists (select from jophiel.item_neighbours as n where n.model_id = m.model_id)), 0) as neighbours
                           from jophiel.models as m
                          where m.state = 'active') as h
             cross join lateral (
                     values
                       (1, w.vectors * h.vectors * v_policy.collaborative, w.neighbours * h.neighbours * v_policy.neighbours),
                       (2, w.vectors * h.vectors, w.neighbours * h.neighbours),
                       (3, w.vectors, w.neighbours)) as c (place, vectors, neighbours)
             where c.vectors + c.neighbours > 0
             order by c.place
             limit 1) as s;
  end if;

  if v_policy.similarity + v_policy.collaborative + v_policy.neighbours + v_policy.following + v_policy.novelty + v_policy.popularity = 0
     and not p_options ? 'query_text' then
    raise exception 'the request leaves no weight'
      using errcode = 'JO006',
            hint = 'Name more models, or another cf_weight.';
  end if;

  return v_policy;
end;
$$;

comment on function jophiel._request_policy(text, jsonb) is
  'The policy of a feed, or that which is named, with the options of a request: weights replace those of the policy, models leaves only the named components, cf_weight shares what similarity, collaborative and neighbours '
  'weigh together between content (1 - cf_weight) and the other two (cf_weight). Raises JO001, JO010 (see _check_request()), JO005, JO006 (unknown policy; no weight and no wish is left).';
