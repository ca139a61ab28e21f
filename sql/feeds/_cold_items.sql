-- What nobody has acted on yet is known by its content alone, and hardly ever beats what people liked.
create or replace function jophiel._cold_items(p_domain text, p_eligible bigint[])
  returns bigint[]
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
begin
  return array(
    select h.item_id
      from jophiel.item_vectors as h
     where (h.domain = p_domain or p_domain is null)
       and (p_eligible is null or h.item_id in (select unnest(p_eligible)))
       and not exists (select from jophiel.item_stats as s where s.item_id = h.item_id)
     order by h.created_epoch desc, h.item_id
     limit jophiel._setting('exact_scan_items')::bigint);
end;
$$;

comment on function jophiel._cold_items(text, bigint[]) is
  'The newest items (exact_scan_items of them at most) of a domain (null: of all) and of the eligible ones (null: of any) that had no interaction when popularity was counted last.';
