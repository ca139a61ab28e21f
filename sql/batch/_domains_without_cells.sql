-- Cells are built when a domain, or the catalogue that a feed over all domains reads, outgrows the exact scan; and again when the domain has
-- doubled: centres of half of it fit the other half badly; or when a model has
-- changed the vectors. A handful of items needs none: cell 0 is read with every probe.
create or replace function jophiel._domains_without_cells()
  returns setof text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select h.domain
      from (select i.domain, count(*) as item_count, sum(count(*)) over () as of_all
              from jophiel.item_vectors as i
             group by i.domain) as h
      left join jophiel.cell_builds as b on b.domain = h.domain
     where h.of_all > jophiel._setting('exact_scan_items')
       and h.item_count >= 100
       and (h.item_count >= 2 * coalesce(b.item_count, 0) or b.is_outdated)
     order by h.domain;
end;
$$;

comment on function jophiel._domains_without_cells() is 'Domains that should get cells, for the first time or anew.';
