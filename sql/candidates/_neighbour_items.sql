-- What the history speaks for most, wherever in the space of vectors it lies. Written to be inlined (plain SQL, no SET).
create or replace function jophiel._neighbour_items(p_strongest bigint[], p_domain text)
  returns table (item_id bigint, creator_id bigint, cell integer, created_epoch double precision, offer public.halfvec)
  language sql
  stable parallel safe
as $$
  select h.item_id, h.creator_id, h.cell, h.created_epoch, h.offer
    from pg_catalog.unnest(p_strongest) as n (item_id)
    join jophiel.item_vectors as h on h.item_id = n.item_id
   where h.domain = p_domain
      or p_domain is null
$$;

comment on function jophiel._neighbour_items(bigint[], text) is 'The rows of the given items that are of a domain (null: any).';
