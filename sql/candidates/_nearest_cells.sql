-- Written to be inlined (plain SQL, no SET): the batch calls it laterally for every user. Cells differ in size, so what is probed is
-- counted in items and not in cells.
create or replace function jophiel._nearest_cells(p_domain text, p_query public.halfvec, p_items integer, p_coarse integer)
  returns table (cell integer)
  language sql
  stable parallel safe
as $$
  select n.cell
    from (select f.cell, f.item_count, sum(f.item_count) over (order by f.distance, f.cell) as so_far
            from (select f.cell, f.item_count, f.centre operator(public.<#>) p_query as distance
                    from (select c.cell
                            from jophiel.cells as c
                           where (c.domain = p_domain or p_domain is null)
                             and c.parent = 0
                           order by c.centre operator(public.<#>) p_query, c.cell
                           limit p_coarse) as coarse
                    join jophiel.cells as f on f.parent = coarse.cell
                   order by distance, f.cell
                   limit greatest(24, p_items / 16)) as f) as n
   where n.so_far - n.item_count < p_items
$$;

comment on function jophiel._nearest_cells(text, public.halfvec, integer, integer) is
  'The fine cells nearest to a query by inner product, until they hold p_items items (and not more than 24 or p_items / 16 cells); looked for in the p_coarse nearest coarse cells. '
  'p_domain null: of all domains.';
