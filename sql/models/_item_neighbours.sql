-- What the model in use says of one item, on the scale that it has for a user who did nothing but like it.
create or replace function jophiel._item_neighbours(p_item_id bigint, out item_ids bigint[], out shares real[])
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  select array_agg(u.item_id order by u.item_id), array_agg((u.weight / n.weights[1])::real order by u.item_id)
    into item_ids, shares
    from jophiel.item_neighbours as n
   cross join lateral unnest(n.neighbour_ids, n.weights) as u (item_id, weight)
   where n.model_id = jophiel._active_model()
     and n.item_id = p_item_id
     and u.weight > 0;
end;
$$;

comment on function jophiel._item_neighbours(bigint) is
  'The neighbours of an item in the active model (by item id) and their weights over the greatest, above 0 to 1, as parallel arrays; nulls where there are none.';
