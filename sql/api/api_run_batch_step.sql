-- A step of the batch for an operator without a shell.
create or replace function jophiel.api_run_batch_step(p_stage text, p_limit integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jophiel._run_batch_step(p_stage, p_limit);
end;
$$;

comment on function jophiel.api_run_batch_step(text, integer) is
  'Up to p_limit items or users of a stage of the batch, in the caller''s transaction; how many, 0 where nothing is left. For the HTTP API, with the owner''s rights '
  '(security definer).';
