-- What similar items and ideas have in common: the nearest to a vector, of which only those that point the same way at all.
-- Planned for the values at hand (force_custom_plan), which folds the branch that does not apply away.
create or replace function jophiel._find_nearest(p_domain text, p_query public.halfvec, p_excluded bigint[], p_limit integer)
  returns table (item_id bigint, score double precision)
  language plpgsql
  stable parallel safe
  rows 100
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_cells constant integer[] := jophiel._answer_cells(p_domain, p_query, p_limit);
begin
  return query
    select n.item_id, n.score
      from (select h.item_id, -(h.offer operator(public.<#>) p_query) as score
              from jophiel.item_vectors as h
             where h.domain = p_domain
               and (v_cells is null or h.cell = any (v_cells))
               and not exists (select from unnest(p_excluded) as x (item_id) where x.item_id = h.item_id)) as n
     where n.score > 0::float8
     order by n.score desc, n.item_id
     limit p_limit;
end;
$$;

comment on function jophiel._find_nearest(text, public.halfvec, bigint[], integer) is
  'The items of a domain with the largest inner product of offer and query above 0, best first, ties by item id, without the excluded ones.';
