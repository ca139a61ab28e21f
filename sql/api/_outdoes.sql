-- An answer that was made while a model of another length went into use may still be there; nobody needs it.
create or replace function jophiel._outdoes(p_offer public.halfvec, p_query public.halfvec, p_share double precision, p_last real)
  returns boolean
  language sql
  immutable parallel safe
as $$
  select case
           when public.vector_dims(p_offer) = public.vector_dims(p_query)
             then p_share - (p_offer operator(public.<#>) p_query) > coalesce(p_last, 0::real)
           else true
         end
$$;

comment on function jophiel._outdoes(public.halfvec, public.halfvec, double precision, real) is
  'Whether an offer with a share of at most p_share is nearer to a query than the last of its answer; true where they are of different lengths.';
