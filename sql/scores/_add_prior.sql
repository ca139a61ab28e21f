-- Of whom little is known is first of all somebody like everybody else.
create or replace function jophiel._add_prior(p_taste public.vector, p_prior public.vector, p_weight double precision, p_content integer)
  returns public.vector
  language sql
  immutable parallel safe
as $$
  select public.subvector(p_taste, 1, p_content) operator(public.||) (
           public.l2_normalize(public.subvector(p_taste, p_content + 1, public.vector_dims(p_prior)))
           operator(public.+) (public.l2_normalize(p_prior)
                               operator(public.*) pg_catalog.array_fill(p_weight::real, array[public.vector_dims(p_prior)])::public.vector))
$$;

comment on function jophiel._add_prior(public.vector, public.vector, double precision, integer) is
  'A taste whose collaborative block is its direction plus p_weight times that of the prior; the content block as it is.';
