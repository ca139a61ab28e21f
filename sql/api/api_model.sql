-- What became of one training.
create or replace function jophiel.api_model(p_model_id uuid)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_model jophiel.models;
begin
  select m.* into v_model from jophiel.models as m where m.model_id = p_model_id;
  if not found then
    raise exception 'there is no training %', p_model_id
      using errcode = 'JO033',
            hint = 'GET /v1/training lists them.';
  end if;

  return jophiel._json_model(v_model);
end;
$$;

comment on function jophiel.api_model(uuid) is
  'One training as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO033.';
