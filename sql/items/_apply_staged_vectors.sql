-- The staged content blocks go into the vectors in use, set by set: updates of what is there, inserts of what is not.
create or replace function jophiel._apply_staged_vectors(p_version integer)
  returns bigint
  language plpgsql
  volatile
  set work_mem = '64MB'
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_first  constant integer := jophiel._setting('content_dimensions') + 1;
  v_length constant integer := jophiel._setting('collaborative_dimensions');
  v_zero   constant public.halfvec := array_fill(0::real, array[v_length])::public.halfvec;
  v_model  constant uuid := jophiel._active_model();
  v_moved  bigint;
  v_new    bigint;
begin
  update jophiel.item_signals as s
     set version = p_version,
         signal = v.signal operator(public.||) public.subvector(s.signal, v_first, v_length)
    from jophiel.staged_vectors as v
   where v.item_id = s.item_id;

  insert into jophiel.item_signals (item_id, version, signal)
  select v.item_id, p_version, v.signal operator(public.||) coalesce(m.in_vector, v_zero)
    from jophiel.staged_vectors as v
    left join jophiel.model_vectors as m on m.model_id = v_model and m.item_id = v.item_id
   where not exists (select from jophiel.item_signals as s where s.item_id = v.item_id)
   order by v.item_id;

  -- With what an import has changed, which the batch would have written here, had the switch not taken its work away.
  update jophiel.item_vectors as h
     set creator_id = i.creator_id,
         created_epoch = extract(epoch from i.created_at)::double precision,
         cell = case when h.domain = i.domain then h.cell else 0 end,
         domain = i.domain,
         offer = v.signal operator(public.||) public.subvector(h.offer, v_first, v_length)
    from jophiel.staged_vectors as v
    join jophiel.items as i on i.item_id = v.item_id
   where v.item_id = h.item_id;
  get diagnostics v_moved = row_count;

  insert into jophiel.item_vectors (item_id, creator_id, created_epoch, domain, offer)
  select i.item_id, i.creator_id, extract(epoch from i.created_at)::double precision, i.domain,
         v.signal operator(public.||) coalesce(m.out_vector, jophiel._mapped_block(v_model, p_version, v.signal), v_zero)
    from jophiel.staged_vectors as v
    join jophiel.items as i on i.item_id = v.item_id
    left join jophiel.model_vectors as m on m.model_id = v_model and m.item_id = v.item_id
   where i.deleted_at is null
     and not exists (select from jophiel.item_vectors as h where h.item_id = v.item_id)
   order by i.item_id;
  get diagnostics v_new = row_count;

  return v_moved + v_new;
end;
$$;

comment on function jophiel._apply_staged_vectors(integer) is
  'Gives all signals and offers the staged content blocks, and offers the creator, time and domain that their items have; collaborative blocks and cells (but of items of another domain) stay, and new ones are the active model''s. Returns how many items are offered now.';
