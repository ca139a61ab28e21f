-- The other collaborative form: not a vector, but a join of the history with the items that each of its items speaks for.
create or replace function jophiel._weigh_neighbours(p_user_id bigint, p_model_id uuid)
  returns table (item_id bigint, value real, place bigint)
  language plpgsql
  stable parallel safe
  rows 1000
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_items constant integer := jophiel._setting('neighbour_items');
begin
  return query
    with history as (
      select h.item_id, h.weight
        from jophiel._recent_items(p_user_id) as h
    ), spoken as (
      select u.item_id, sum(h.weight * u.weight) as value
        from history as h
        join jophiel.item_neighbours as n on n.model_id = p_model_id and n.item_id = h.item_id
       cross join lateral unnest(n.neighbour_ids, n.weights) as u (item_id, weight)
       group by u.item_id
    ), placed as (
      -- Over the greatest: a long history says no more in all than a short one.
      select s.item_id, s.value / max(s.value) over () as value, row_number() over (order by s.value desc, s.item_id) as place
        from spoken as s
       where s.value > 0
    )
    select p.item_id, p.value::real, p.place
      from placed as p
     where p.place <= v_items;
end;
$$;

comment on function jophiel._weigh_neighbours(bigint, uuid) is
  'The neighbour_items (setting) items that a user''s recent history speaks for most in a model: the sum over the history of weight * neighbour weight, over the greatest such '
  'sum, and the place in that order. None where the history speaks for nothing.';
