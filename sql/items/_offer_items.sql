-- The side of an item that is searched, with what a search filters by, and the cell it is found in.
create or replace function jophiel._offer_items(p_item_ids bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_dimensions constant integer := jophiel._setting('content_dimensions');
  v_zero       constant public.halfvec := array_fill(0::real, array[jophiel._setting('collaborative_dimensions')::integer])::public.halfvec;
  v_model      constant uuid := jophiel._active_model();
begin
  with offered as (
    select i.item_id, i.creator_id, i.domain, extract(epoch from i.created_at)::double precision as created_epoch,
           h.offer as old_offer, h.cell as old_cell, h.domain as old_domain,
           public.subvector(s.signal, 1, v_dimensions) operator(public.||)
             coalesce(m.out_vector, jophiel._mapped_block(v_model, s.version, public.subvector(s.signal, 1, v_dimensions)),
                      public.subvector(h.offer, v_dimensions + 1, public.vector_dims(v_zero)), v_zero) as offer
      from jophiel.items as i
      join jophiel.item_signals as s on s.item_id = i.item_id
      left join jophiel.item_vectors as h on h.item_id = i.item_id
      left join jophiel.model_vectors as m on m.model_id = v_model and m.item_id = i.item_id
     where i.item_id = any (p_item_ids)
    offset 0
  )
  insert into jophiel.item_vectors as h (item_id, creator_id, created_epoch, cell, domain, offer)
  select o.item_id, o.creator_id, o.created_epoch,
         case when o.old_offer operator(public.=) o.offer and o.old_domain = o.domain then o.old_cell
              else jophiel._nearest_cell(o.domain, o.offer) end,
         o.domain, o.offer
    from offered as o
   order by o.item_id
      on conflict (item_id) do update
     set creator_id = excluded.creator_id,
         created_epoch = excluded.created_epoch,
         cell = excluded.cell,
         domain = excluded.domain,
         offer = excluded.offer
   where (h.creator_id, h.created_epoch, h.cell, h.domain) is distinct from
         (excluded.creator_id, excluded.created_epoch, excluded.cell, excluded.domain)
      or h.offer operator(public.<>) excluded.offer;
end;
$$;

comment on function jophiel._offer_items(bigint[]) is
  'Writes the rows of item_vectors of live items that have a signal: its content block, and as collaborative block the active model''s out-vector, or what its content map makes of the content, or what was there. Rows that would not change are left alone.';
