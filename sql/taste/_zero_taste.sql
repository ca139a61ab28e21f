-- The taste of somebody of whom nothing is known, and the start of every sum.
create or replace function jophiel._zero_taste()
  returns public.vector
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return array_fill(0::real, array[
    (jophiel._setting('content_dimensions') + jophiel._setting('collaborative_dimensions'))::integer])::public.vector;
end;
$$;

comment on function jophiel._zero_taste() is
  'A zero vector of the full length, content block and collaborative block.';
