-- New coordinates move the items and not the neighbourhoods: items that were alike still are. So cells keep their items and take
-- the mean of the new vectors, and probing goes on until the cells are built anew.
create or replace function jophiel._recentre_cells()
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_cells bigint;
begin
  update jophiel.cells as c
     set centre = m.centre
    from (select h.cell, public.l2_normalize(public.avg(h.offer::public.vector))::public.halfvec as centre
            from jophiel.item_vectors as h
           group by h.cell) as m
   where c.cell = m.cell
     and c.parent <> 0;
  get diagnostics v_cells = row_count;

  update jophiel.cells as c
     set centre = m.centre
    from (select f.parent, public.l2_normalize(public.avg(f.centre::public.vector))::public.halfvec as centre
            from jophiel.cells as f
           where f.parent <> 0
           group by f.parent) as m
   where c.cell = m.parent;

  return v_cells;
end;
$$;

comment on function jophiel._recentre_cells() is
  'Moves the centres of all cells to the mean of their items'' present offers and returns how many fine cells there are.';
