-- The engine's choice of access path: exact where that is cheap, through cells where it is not.
create or replace function jophiel._probe_items(p_domain text, p_eligible integer, p_limit integer)
  returns integer
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_exact constant double precision := jophiel._setting('exact_scan_items');
  v_items bigint;
  v_probe integer;
begin
  select sum(b.item_count), max(coalesce(b.probe_items, jophiel._setting('probe_items')))
    into v_items, v_probe
    from jophiel.cell_builds as b
   where (b.domain = p_domain or p_domain is null)
     and b.cell_count > 0;

  if coalesce(v_items, 0) <= v_exact or p_eligible <= v_exact then
    return null;
  end if;

  -- Probes are tuned for lists of 200 without a filter. A longer list takes more, and a filter thins the cells out.
  v_probe := least(
    v_items,
    ceil(v_probe * greatest(1, p_limit / 200.0) * greatest(1, v_items::double precision / coalesce(p_eligible, v_items))));

  -- Reading half of everything through cells is no cheaper than reading everything, which is exact.
  return case when 2 * v_probe::bigint < v_items then v_probe end;
end;
$$;

comment on function jophiel._probe_items(text, integer, integer) is
  'How many items to read from the nearest cells of a domain (null: all) for the best p_limit, where p_eligible items pass the filter (null: no filter); null: scan '
  'exactly.';
