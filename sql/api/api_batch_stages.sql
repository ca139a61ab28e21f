-- The names of the stages, in their order.
create or replace function jophiel.api_batch_stages()
  returns setof text
  language plpgsql
  stable parallel safe
  security definer
  rows 10
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query select s.stage from jophiel._batch_stages() as s;
end;
$$;

comment on function jophiel.api_batch_stages() is
  'The stages of the batch in their order. For the HTTP API, with the owner''s rights (security definer).';
