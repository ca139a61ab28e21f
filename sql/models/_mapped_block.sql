-- An item that nobody has acted on is put where the model has items of its kind.
create or replace function jophiel._mapped_block(p_model_id uuid, p_version integer, p_content public.halfvec)
  returns public.halfvec
  language sql
  stable parallel safe
as $$
  select pg_catalog.array_agg((m.bias - (m.factors operator(public.<#>) p_content::public.vector))::real order by m.coordinate)::public.vector::public.halfvec
    from jophiel.content_maps as m
   where m.model_id = p_model_id
     and m.version = p_version
     and public.l2_norm(p_content) > 0
$$;

comment on function jophiel._mapped_block(uuid, integer, public.halfvec) is
  'The out-vector that a model''s content map gives to a content block in the coordinates of a feature schema; null where it has none for these, or the block is zero.';
