-- Past some ten thousand items a scan of everything is too slow. Cells cut the catalogue into k-means neighbourhoods, so that
-- a taste reads only the few that it points at; items lie on disk in the order of their cells.
create or replace function jophiel.build_cells(p_domain text default 'default')
  returns integer
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_items bigint;
  v_cells integer;
begin
  -- One rebuild at a time: the lock also keeps two from interleaving their numbers. And no new coordinates meanwhile.
  lock table jophiel.cell_builds in share row exclusive mode;
  perform jophiel._lock_schema_version();

  select count(*)
    into v_items
    from jophiel.item_vectors as h
   where h.domain = p_domain;

  delete from jophiel.cells as c
   where c.domain = p_domain;

  if v_items > 0 then
    -- About 3 * sqrt(n) cells balance reading centres against reading rows (measured, docs/decisions/0001-cells.md).
    v_cells := jophiel._train_cells(p_domain, v_items, greatest(2, round(3 * sqrt(v_items))::integer));
    perform jophiel._move_items_to_cells(p_domain);
  end if;

  insert into jophiel.cell_builds as b (domain, item_count, cell_count, built_at)
  values (p_domain, v_items, coalesce(v_cells, 0), jophiel._now())
      on conflict (domain) do update
     set item_count = excluded.item_count,
         cell_count = excluded.cell_count,
         built_at = excluded.built_at,
         probe_items = null,
         is_outdated = false,
         overlap = '{}';
  return coalesce(v_cells, 0);
end;
$$;

comment on function jophiel.build_cells(text) is
  'Trains the cells of a domain anew on a sample, assigns every item and rewrites the domain''s vectors in the order of cells. Returns how many '
  'cells there are. Readers are not blocked; writers of items wait. Deterministic for the same data.';
