-- A score and its explanation come from the same rows: a list of scores is their sum, so neither can drift from the other.
create or replace function jophiel._explain_scores(
  p_user_id  bigint,
  p_item_ids bigint[],
  p_policy   jophiel.scoring_policies,
  p_at       timestamptz,
  p_wish     public.vector default null
)
  returns table (
    item_id      bigint,
    component    text,
    weight       double precision,
    value        double precision,
    contribution double precision
  )
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_content constant integer := jophiel._setting('content_dimensions');
  -- To a ten-thousandth: the length of a vector of single floats.
  v_wished constant double precision := round(coalesce(public.vector_norm(p_wish), 0)::numeric, 4);
  v_half_life constant double precision := extract(epoch from p_policy.novelty_half_life);
  v_user record;
  v_near record;
begin
  perform jophiel._check_user(p_user_id);
  select q.*
    into v_user
    from jophiel._user_queries(array[p_user_id], p_policy, p_wish) as q;
  select n.*
    into v_near
    from jophiel._user_neighbours(p_user_id, jophiel._active_model()) as n
   where p_policy.neighbours > 0;

  return query
    select h.item_id,
           c.component,
           c.weight,
           case when c.component in ('similarity', 'query', 'collaborative') then coalesce(c.value / nullif(c.weight, 0), 0) else c.value end,
           case when c.component in ('similarity', 'query', 'collaborative') then c.value else c.weight * c.value + 0 end
      from jophiel.item_vectors as h
     cross join lateral (select coalesce(jophiel._block_product(h.offer, p_wish::public.halfvec, 1, v_content), 0) as value) as w
     cross join lateral (
             values
               ('similarity', p_policy.similarity, jophiel._block_product(h.offer, v_user.query, 1, v_content) - w.value),
               ('query', v_wished, w.value),
               ('collaborative', p_policy.collaborative,
                jophiel._block_product(h.offer, v_user.query, v_content + 1, public.vector_dims(h.offer) - v_content)),
               ('neighbours', p_policy.neighbours, coalesce(jophiel._array_value(v_near.item_ids, v_near.shares, h.item_id), 0)),
               ('following', p_policy.following, ((h.creator_id = any (v_user.followed)) is true)::integer::double precision),
               ('novelty', p_policy.novelty,
                exp(greatest(-700, least(0, h.created_epoch - extract(epoch from p_at)::double precision) * ln(2) / v_half_life))),
               ('popularity', v_user.popularity,
                coalesce((select s.popularity from jophiel.item_stats as s where s.item_id = h.item_id), 0)),
               ('category', v_user.category, coalesce(jophiel._array_value(v_user.favourites, v_user.shares, h.item_id), 0)),
               ('penalty', p_policy.penalty, jophiel._is_hidden(p_user_id, h.item_id)::integer::double precision)
           ) as c (component, weight, value)
     where h.item_id = any (p_item_ids)
       and (c.component <> 'neighbours' or p_policy.neighbours > 0)
       and (c.component <> 'query' or p_wish is not null)
       and (c.component <> 'category' or v_user.category > 0);
end;
$$;

comment on function jophiel._explain_scores(bigint, bigint[], jophiel.scoring_policies, timestamptz, public.vector) is
  'Component, weight, value and contribution of each given live item''s score for a user at a time; the contributions of an item add up to its score. neighbours only where the policy has a weight for them, query only with a wish (see _wish()), category only for cold users with interests that are categories. '
  'Raises JO002.';
