-- The blocks of the one inner product, apart: what an explanation shows as similarity and as collaborative.
create or replace function jophiel._block_product(p_offer public.halfvec, p_query public.halfvec, p_from integer, p_length integer)
  returns double precision
  language sql
  immutable parallel safe
as $$
  select -(public.subvector(p_offer, p_from, p_length) operator(public.<#>) public.subvector(p_query, p_from, p_length))
$$;

comment on function jophiel._block_product(public.halfvec, public.halfvec, integer, integer) is
  'Inner product of one block of an offer and of a query.';
