-- Candidates for everybody: read once a chunk of users, not once a user. Written to be inlined (plain SQL, no SET).
create or replace function jophiel._fresh_items(p_domain text, p_eligible bigint[], p_limit integer)
  returns table (item_id bigint, creator_id bigint, cell integer, created_epoch double precision, offer public.halfvec)
  language sql
  stable parallel safe
as $$
  select h.item_id, h.creator_id, h.cell, h.created_epoch, h.offer
    from jophiel.item_vectors as h
   where (h.domain = p_domain or p_domain is null)
     and (p_eligible is null or h.item_id in (select pg_catalog.unnest(p_eligible)))
   order by h.created_epoch desc, h.item_id
   limit p_limit
$$;

comment on function jophiel._fresh_items(text, bigint[], integer) is 'The newest items of a domain (null: of all), of the eligible ones only (null: of any).';
