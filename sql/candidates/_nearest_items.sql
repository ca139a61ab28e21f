-- The reader of the cell index. Written to be inlined (plain SQL, no SET).
create or replace function jophiel._nearest_items(p_cells integer[], p_domain text)
  returns table (item_id bigint, creator_id bigint, created_epoch double precision, offer public.halfvec)
  language sql
  stable parallel safe
as $$
  select h.item_id, h.creator_id, h.created_epoch, h.offer
    from jophiel.item_vectors as h
   where h.cell = any (p_cells)
     and (h.domain = p_domain or p_domain is null)
$$;

comment on function jophiel._nearest_items(integer[], text) is 'Everything in the given cells.';
