-- Blocks are normalised one by one, so that content and collaborative parts are cosines each, and the policy's weights ride on
-- the user's side: the blended score is then one inner product. pgvector has no scalar times vector, hence the constant vectors.
create or replace function jophiel._unit_blocks(
  p_vector               public.vector,
  p_content              integer,
  p_content_weight       double precision,
  p_collaborative_weight double precision
)
  returns public.halfvec
  language sql
  immutable parallel safe
as $$
  select (
    (
      public.l2_normalize(public.subvector(p_vector, 1, p_content))
      operator(public.*) pg_catalog.array_fill(p_content_weight::real, array[p_content])::public.vector
    ) operator(public.||) (
      public.l2_normalize(public.subvector(p_vector, p_content + 1, public.vector_dims(p_vector) - p_content))
      operator(public.*) pg_catalog.array_fill(
        p_collaborative_weight::real, array[public.vector_dims(p_vector) - p_content])::public.vector
    )
  )::public.halfvec
$$;

comment on function jophiel._unit_blocks(public.vector, integer, double precision, double precision) is
  'Both blocks of a vector scaled to the given lengths (a zero block stays zero). p_content: length of the content block.';
