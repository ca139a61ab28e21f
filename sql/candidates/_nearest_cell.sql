-- A new item goes to a cell at once, for the price of reading some hundred centres.
create or replace function jophiel._nearest_cell(p_domain text, p_offer public.halfvec)
  returns integer
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((select n.cell from jophiel._nearest_cells(p_domain, p_offer, 1, 8) as n), 0);
end;
$$;

comment on function jophiel._nearest_cell(text, public.halfvec) is
  'The fine cell an offer belongs to; 0 where the domain has no cells.';
