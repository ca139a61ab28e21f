-- The collaborative half of every vector at once. Readers see all old ones or all new ones.
create or replace function jophiel._apply_model(p_model_id uuid, p_dimensions integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set work_mem = '64MB'
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_content constant integer := jophiel._setting('content_dimensions');
  v_version constant integer := (select s.version from jophiel.feature_schemas as s where s.is_active);
  v_zero    constant public.halfvec := array_fill(0::real, array[p_dimensions])::public.halfvec;
  v_items   bigint;
begin
  update jophiel.settings as s
     set value = to_jsonb(p_dimensions)
   where s.name = 'collaborative_dimensions'
     and s.value <> to_jsonb(p_dimensions);

  update jophiel.item_signals as s
     set signal = public.subvector(s.signal, 1, v_content) operator(public.||) coalesce(n.in_vector, v_zero)
    from jophiel.item_signals as o
    left join jophiel.model_vectors as n on n.model_id = p_model_id and n.item_id = o.item_id
   where o.item_id = s.item_id;

  update jophiel.item_vectors as h
     set offer = public.subvector(h.offer, 1, v_content)
                 operator(public.||) coalesce(n.out_vector, jophiel._mapped_block(p_model_id, v_version, public.subvector(h.offer, 1, v_content)), v_zero)
    from jophiel.item_vectors as o
    left join jophiel.model_vectors as n on n.model_id = p_model_id and n.item_id = o.item_id
   where o.item_id = h.item_id;
  get diagnostics v_items = row_count;
  return v_items;
end;
$$;

comment on function jophiel._apply_model(uuid, integer) is
  'Writes the collaborative blocks, p_dimensions long, of all signals and offers from a model (null: zeros), those of items that it does not know by its content map, and returns how many items are offered. The caller holds the schema version '
  'and makes all tastes stale.';
