-- A score taken apart another way: not by component but by what the user did. Every part of a taste is an item times a weight, so each item of the history
-- has its share of the inner product; and neighbours are a sum over the history to begin with.
create or replace function jophiel._explain_items(p_user_id bigint, p_item_ids bigint[], p_policy text, p_limit integer)
  returns table (item_id bigint, because_id bigint, contribution double precision)
  language plpgsql
  stable parallel safe
  rows 20
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_policy    constant jophiel.scoring_policies := jophiel._policy(p_policy);
  v_content   constant integer := jophiel._setting('content_dimensions');
  v_length    constant integer := jophiel._setting('collaborative_dimensions');
  v_half_life constant double precision := (jophiel._event_settings()).taste_half_life_days * 86400;
  v_model     constant uuid := case when v_policy.neighbours > 0 then jophiel._active_model() end;
  v_taste     record;
  v_near      record;
begin
  select t.as_of,
         v_policy.similarity / nullif(public.vector_norm(public.subvector(t.taste, 1, v_content)), 0) as similarity,
         v_policy.collaborative / nullif(public.vector_norm(public.subvector(t.taste, v_content + 1, v_length)), 0) as collaborative
    into v_taste
    from jophiel._log_tastes(array[p_user_id]) as t;
  select n.*
    into v_near
    from jophiel._user_neighbours(p_user_id, v_model) as n;

  return query
    with history as materialized (
      select i.item_id, sum(jophiel._decayed_weight(coalesce(i.weight, y.weight), i.happened_at, v_taste.as_of, v_half_life)) as weight
        from jophiel.interactions as i
        join jophiel.interaction_types as y on y.interaction_type = i.interaction_type
       where i.user_id = p_user_id
         and i.is_active
       group by i.item_id
       order by 2 desc, i.item_id
       limit 200
    ), recent as materialized (
      select r.item_id, r.weight
        from jophiel._recent_items(p_user_id) as r
       where v_model is not null
    ), spoken as (
      select u.item_id, r.item_id as because_id, r.weight * u.weight as amount, sum(r.weight * u.weight) over (partition by u.item_id) as whole
        from recent as r
        join jophiel.item_neighbours as n on n.model_id = v_model and n.item_id = r.item_id
       cross join lateral unnest(n.neighbour_ids, n.weights) as u (item_id, weight)
       where u.item_id = any (p_item_ids)
    ), part as (
      select o.item_id, h.item_id as because_id,
             h.weight * (coalesce(v_taste.similarity * jophiel._block_product(o.offer, s.signal, 1, v_content), 0)
                         + coalesce(v_taste.collaborative * jophiel._block_product(o.offer, s.signal, v_content + 1, v_length), 0)) as amount
        from jophiel.item_vectors as o
       cross join history as h
       cross join lateral (select s.signal from jophiel.item_signals as s where s.item_id = h.item_id offset 0) as s
       where o.item_id = any (p_item_ids)
       union all
      select k.item_id, k.because_id, v_policy.neighbours * jophiel._array_value(v_near.item_ids, v_near.shares, k.item_id) * k.amount / k.whole
        from spoken as k
       where k.whole > 0
    ), total as (
      select p.item_id, p.because_id, sum(p.amount) as contribution,
             row_number() over (partition by p.item_id order by sum(p.amount) desc, p.because_id) as place
        from part as p
       group by p.item_id, p.because_id
    )
    select t.item_id, t.because_id, t.contribution
      from total as t
     where t.place <= p_limit
       and t.contribution > 0
     order by t.item_id, t.place;
end;
$$;

comment on function jophiel._explain_items(bigint, bigint[], text, integer) is
  'For each given live item the p_limit items of the user''s history (of the 200 that weigh most) that add most to its score by a policy, through similarity, collaborative and neighbours, '
  'and how much each adds. What follows and stated interests add is not in it. Raises JO006.';
