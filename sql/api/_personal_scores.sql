-- Who searches for what they have liked wants to find it: the personal part of a search is the score without the penalty.
create or replace function jophiel._personal_scores(p_user_id bigint, p_item_ids bigint[])
  returns table (item_id bigint, score double precision)
  language plpgsql
  stable parallel safe
  rows 1000
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy  constant jophiel.scoring_policies := jophiel._policy('default');
  v_now     constant double precision := extract(epoch from jophiel._now());
  v_novelty constant double precision := v_policy.novelty;
  v_decay   constant double precision := -ln(2) / extract(epoch from v_policy.novelty_half_life);
  v_model   constant uuid := case when v_policy.neighbours > 0 then jophiel._active_model() end;
  -- Every value is 1 at most, so the sum of the weights is the highest score that there can be, whatever else was found.
  v_fixed   constant double precision := v_policy.similarity + v_policy.following + v_policy.novelty
    + case when jophiel._active_model() is null then 0 else v_policy.collaborative + v_policy.neighbours end;
  v_near    record;
begin
  select n.*
    into v_near
    from jophiel._user_neighbours(p_user_id, v_model) as n
   where v_model is not null;

  return query
    select h.item_id,
           greatest(0, least(1, jophiel._score(
             h.offer, q.query, v_now - h.created_epoch, v_novelty, v_decay,
             case when h.creator_id = any (q.followed) then v_policy.following else 0::float8 end
             + q.popularity * coalesce(s.popularity, 0::real)
             + q.category * coalesce(jophiel._array_value(q.favourites, q.shares, h.item_id), 0)
             + v_policy.neighbours * coalesce(jophiel._array_value(v_near.item_ids, v_near.shares, h.item_id), 0::float8))
             / (v_fixed + q.popularity + q.category)))
      from jophiel._user_queries(array[p_user_id], v_policy) as q
      join jophiel.item_vectors as h on h.item_id = any (p_item_ids)
      left join jophiel.item_stats as s on s.item_id = h.item_id
     -- Nothing that counts for this user: a policy of popularity for the cold alone.
     where v_fixed + q.popularity + q.category > 0;
end;
$$;

comment on function jophiel._personal_scores(bigint, bigint[]) is
  'The scores of the given items for a user (default policy, without penalty) as shares of the sum of the policy''s weights, which is the highest that there can be; 0 for a score below 0. '
  'An item''s does not depend on the others. No rows for an unknown user.';
