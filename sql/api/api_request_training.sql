-- Training on demand, done by the batch.
create or replace function jophiel.api_request_training(p_name text, p_parameters jsonb)
  returns text
  language plpgsql
  volatile parallel unsafe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  -- A statement of its own: what it wrote is in the snapshot of the next one.
  v_model_id constant uuid := jophiel.request_training(p_name, p_parameters);
begin
  return jophiel.api_model(v_model_id);
end;
$$;

comment on function jophiel.api_request_training(text, jsonb) is
  'request_training() and what it made, as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO001, JO032.';
