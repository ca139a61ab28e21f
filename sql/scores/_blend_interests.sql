-- A cold user's stated interests stand in for a taste, and give way to it with every interaction.
create or replace function jophiel._blend_interests(
  p_taste     public.vector,
  p_interests text[],
  p_coldness  double precision,
  p_content   integer
)
  returns public.vector
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_length constant integer := public.vector_dims(p_taste);
  v_warm constant public.vector := jophiel._unit_blocks(p_taste, p_content, 1 - p_coldness, 1)::public.vector;
  v_interests constant public.vector := jophiel.interest_vector(p_interests)::public.vector;
begin
  return v_warm operator(public.+) (
    (v_interests operator(public.*) array_fill(p_coldness::real, array[p_content])::public.vector)
    operator(public.||) array_fill(0::real, array[v_length - p_content])::public.vector);
end;
$$;

comment on function jophiel._blend_interests(public.vector, text[], double precision, integer) is
  'The content block as (1 - coldness) * unit taste + coldness * unit interests; the collaborative block as it is.';
