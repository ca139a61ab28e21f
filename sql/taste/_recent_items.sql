-- The history that neighbours are looked up for: bounded, because the latest tells most and a feed must not cost what ten years of listening cost.
create or replace function jophiel._recent_items(p_user_id bigint)
  returns table (item_id bigint, weight double precision)
  language plpgsql
  stable parallel safe
  rows 100
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_half_life constant double precision := jophiel._setting('taste_half_life_days') * 86400;
  v_events    constant integer := jophiel._setting('neighbour_events');
begin
  return query
    with event as (
      select i.item_id, i.happened_at, coalesce(i.weight, y.weight)::double precision as weight,
             max(i.happened_at) over () as as_of
        from jophiel.interactions as i
        join jophiel.interaction_types as y on y.interaction_type = i.interaction_type
       where i.user_id = p_user_id
         and i.is_active
    )
    select e.item_id, sum(jophiel._decayed_weight(e.weight, e.happened_at, e.as_of, v_half_life) order by e.happened_at) as weight
      from event as e
     group by e.item_id
     order by max(e.happened_at) desc, e.item_id
     limit v_events;
end;
$$;

comment on function jophiel._recent_items(bigint) is
  'The neighbour_events (setting) items that a user acted on last, with the sums of the decayed weights, as they are in the taste.';
