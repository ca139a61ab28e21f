-- The log of a user by item, weighed as it is in the taste.
create or replace function jophiel._acted_items(p_user_id bigint)
  returns table (item_id bigint, weight double precision, happened_at timestamptz)
  language plpgsql
  stable parallel safe
  rows 200
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_half_life constant double precision := (jophiel._event_settings()).taste_half_life_days * 86400;
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
    select e.item_id,
           sum(jophiel._decayed_weight(e.weight, e.happened_at, e.as_of, v_half_life) order by e.happened_at),
           max(e.happened_at)
      from event as e
     group by e.item_id;
end;
$$;

comment on function jophiel._acted_items(bigint) is
  'The items that a user acted on, the sum of the decayed weights of the active interactions with each, and the time of the last.';
