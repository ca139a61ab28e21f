-- The sum of these is the score of similar_items().
create or replace function jophiel._explain_similar(p_item_id bigint, p_item_ids bigint[])
  returns table (item_id bigint, component text, weight double precision, value double precision, contribution double precision)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_content constant integer := jophiel._setting('content_dimensions');
begin
  return query
    select h.item_id, c.component, 1::float8, c.value, c.value
      from jophiel.item_signals as s
     cross join lateral jophiel._item_neighbours(s.item_id) as n
     cross join lateral (select jophiel._unit_blocks(s.signal::public.vector, v_content, 1, 1) as vector) as q
      join jophiel.item_vectors as h on h.item_id = any (p_item_ids)
     cross join lateral (
             values
               ('similarity', jophiel._block_product(h.offer, q.vector, 1, v_content)),
               ('collaborative', jophiel._block_product(h.offer, q.vector, v_content + 1, public.vector_dims(h.offer) - v_content)),
               ('neighbours', jophiel._array_value(n.item_ids, n.shares, h.item_id))
           ) as c (component, value)
     where s.item_id = p_item_id;
end;
$$;

comment on function jophiel._explain_similar(bigint, bigint[]) is
  'Component, weight (1), value and contribution of how alike each given live item is to one: content, collaborative blocks, neighbours of the active model.';
