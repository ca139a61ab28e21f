-- What similar items and ideas have in common: the nearest to a vector, of which only those that point the same way at all.
-- Planned for the values at hand (force_custom_plan), which folds the branches that do not apply away.
create or replace function jophiel._find_nearest(
  p_domain      text,
  p_query       public.halfvec,
  p_excluded    bigint[],
  p_near_ids    bigint[],
  p_near_shares real[],
  p_limit       integer
)
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
      from (select c.item_id, jophiel._array_value(p_near_ids, p_near_shares, c.item_id) - (c.offer operator(public.<#>) p_query) as score
              from (select h.item_id, h.offer
                      from jophiel.item_vectors as h
                     where h.domain = p_domain
                       and (v_cells is null or h.cell = any (v_cells))
                     union all
                    -- Neighbours may lie anywhere.
                    select h.item_id, h.offer
                      from unnest(p_near_ids) as k (item_id)
                      join jophiel.item_vectors as h on h.item_id = k.item_id
                     where h.domain = p_domain
                       and h.cell <> all (v_cells)) as c
             where not exists (select from unnest(p_excluded) as x (item_id) where x.item_id = c.item_id)) as n
     where n.score > 0::float8
     order by n.score desc, n.item_id
     limit p_limit;
end;
$$;

comment on function jophiel._find_nearest(text, public.halfvec, bigint[], bigint[], real[], integer) is
  'The items of a domain with the largest inner product of offer and query, plus the share of those that have one (p_near_ids ascending, p_near_shares parallel), above 0, best first, ties by item id, without the excluded ones.';
