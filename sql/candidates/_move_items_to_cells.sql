-- Delete and insert in one transaction, not CLUSTER: readers keep their snapshot and nobody waits for an exclusive lock.
create or replace function jophiel._move_items_to_cells(p_domain text)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_moved bigint;
begin
  lock table jophiel.item_vectors in share row exclusive mode;

  create temporary table moved_items on commit drop as
  select h.item_id,
         h.creator_id,
         h.created_epoch,
         coalesce(n.cell, 0) as cell,
         h.domain,
         h.offer
    from jophiel.item_vectors as h
    left join lateral jophiel._nearest_cells(h.domain, h.offer, 1, 8) as n on true
   where h.domain = p_domain;

  delete from jophiel.item_vectors as h
   where h.domain = p_domain;
  insert into jophiel.item_vectors (item_id, creator_id, created_epoch, cell, domain, offer)
  select m.item_id, m.creator_id, m.created_epoch, m.cell, m.domain, m.offer
    from moved_items as m
   order by m.cell, m.item_id;
  get diagnostics v_moved = row_count;

  update jophiel.cells as c
     set item_count = m.item_count
    from (select i.cell, count(*) as item_count from moved_items as i group by i.cell) as m
   where c.cell = m.cell;

  drop table moved_items;
  return v_moved;
end;
$$;

comment on function jophiel._move_items_to_cells(text) is
  'Assigns every item of a domain to its nearest cell and rewrites the domain''s rows of item_vectors in that order. Returns how many. '
  'Blocks writers of item_vectors until the end of the transaction, never readers.';
