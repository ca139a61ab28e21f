-- Cells are built before there are tastes to measure them with.
create or replace function jophiel._untuned_domains()
  returns setof text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select b.domain
      from jophiel.cell_builds as b
     where b.probe_items is null
       and b.item_count > jophiel._setting('exact_scan_items')
       and jophiel._sample_users(1) <> '{}'
     order by b.domain;
end;
$$;

comment on function jophiel._untuned_domains() is 'Domains whose cells were built and not tuned since, where there is a user to measure with.';
