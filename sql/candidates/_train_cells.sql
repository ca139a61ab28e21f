-- k-means in two levels: coarse cells, then fine cells within each. Two levels make training, assigning an item and probing
-- cost the square root of the number of cells instead of the number.
create or replace function jophiel._train_cells(p_domain text, p_items bigint, p_cells integer)
  returns integer
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_rounds constant integer := 8;
  v_first integer;
  v_trained integer;
begin
  select coalesce(max(c.cell), 0)
    into v_first
    from jophiel.cells as c;

  -- Twenty rows a cell are enough to place its centre. The hash of the id is a draw that repeats.
  create temporary table cell_sample on commit drop as
  select h.offer,
         0 as parent,
         0 as cell,
         hashint8(h.item_id) as draw
    from jophiel.item_vectors as h
   where h.domain = p_domain
     and (hashint8(h.item_id)::bigint + 2147483648) * p_items < 20.0 * p_cells * 4294967296;
  create temporary table cell_centres (cell integer, parent integer, centre public.halfvec) on commit drop;
  create index cell_centres_parent_idx on cell_centres (parent);

  perform jophiel._seed_centres(round(sqrt(p_cells))::integer, v_first);
  for v_round in 1 .. v_rounds loop
    perform jophiel._move_centres();
  end loop;
  -- Centres that nobody is nearest to (items that are all alike make such) would lead items and probes into nothing.
  insert into jophiel.cells (cell, domain, parent, centre)
  select c.cell, p_domain, 0, c.centre
    from cell_centres as c
   where c.cell in (select s.cell from cell_sample as s);
  v_first := v_first + p_cells + 1;
  update cell_sample set parent = cell;

  perform jophiel._seed_centres(p_cells, v_first);
  for v_round in 1 .. v_rounds loop
    perform jophiel._move_centres();
  end loop;
  insert into jophiel.cells (cell, domain, parent, centre)
  select c.cell, p_domain, c.parent, c.centre
    from cell_centres as c
   where c.cell in (select s.cell from cell_sample as s);
  get diagnostics v_trained = row_count;

  drop table cell_sample, cell_centres;
  return v_trained;
end;
$$;

comment on function jophiel._train_cells(text, bigint, integer) is
  'Writes coarse and fine centres of a domain to jophiel.cells and returns the number of fine ones.';
