-- Which items a taste is made of. Words are read from documents, so the list is cut where the rest could not matter.
create or replace function jophiel._weighted_items(p_user_id bigint, p_limit integer)
  returns table (item_id bigint, weight double precision)
  language plpgsql
  stable
  rows 1000
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_half_life double precision := jophiel._setting('taste_half_life_days') * 86400;
begin
  return query
    with event as (
      select i.item_id, i.happened_at, coalesce(i.weight, y.weight)::double precision as weight,
             max(i.happened_at) over () as as_of
        from jophiel.interactions as i
        join jophiel.interaction_types as y on y.interaction_type = i.interaction_type
       where i.user_id = p_user_id
         and i.is_active
    ), total as (
      select e.item_id, sum(jophiel._decayed_weight(e.weight, e.happened_at, e.as_of, v_half_life)) as weight
        from event as e
       group by e.item_id
    )
    select t.item_id, t.weight
      from total as t
     where t.weight <> 0
     order by abs(t.weight) desc, t.item_id
     limit p_limit;
end;
$$;

comment on function jophiel._weighted_items(bigint, integer) is
  'The items that weigh most (either way) in a user''s taste, with the sum of the decayed weights of the active interactions.';
