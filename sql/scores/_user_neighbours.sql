-- What a user's recent history says of other items in the active model's neighbour table. The arrays are in the order of item ids, so that a value is
-- found by halving (jophiel._array_value), once a candidate.
create or replace function jophiel._user_neighbours(
  p_user_id     bigint,
  p_model_id    uuid,
  out item_ids  bigint[],
  out shares    real[],
  out strongest bigint[]
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arguments: planning anew costs more than it gains.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_candidates constant integer := jophiel._setting('neighbour_candidates');
begin
  select array_agg(n.item_id order by n.item_id),
         array_agg(n.value order by n.item_id),
         array_agg(n.item_id order by n.value desc, n.item_id) filter (where n.place <= v_candidates)
    into item_ids, shares, strongest
    from jophiel._weigh_neighbours(p_user_id, p_model_id) as n;
end;
$$;

comment on function jophiel._user_neighbours(bigint, uuid) is
  'The items that a user''s history speaks for (parallel arrays by item id), with what it says of each, and those of the greatest shares, best first. Nulls where there are none.';
