-- From here on a model can be made active. A training that lost its place to another one (its lock went with a connection) ends here.
create or replace function jophiel._finish_model(p_model_id uuid, p_facts jsonb)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_model jophiel.models;
begin
  select m.*
    into v_model
    from jophiel.models as m
   where m.model_id = p_model_id
     and m.state = 'building'
     for update;

  if not found then
    raise exception 'model % is not being built', p_model_id
      using errcode = 'JO031',
            hint = 'Another training took its place; jophiel.models tells.';
  end if;

  v_model := jsonb_populate_record(v_model, p_facts);
  update jophiel.models as m
     set state = 'ready',
         name = v_model.name,
         dimensions = v_model.dimensions,
         parameters = v_model.parameters,
         weights = v_model.weights,
         metrics = v_model.metrics,
         data_until = v_model.data_until,
         interactions = v_model.interactions,
         users = v_model.users,
         items = v_model.items,
         fit_seconds = v_model.fit_seconds,
         write_seconds = v_model.write_seconds,
         peak_bytes = v_model.peak_bytes,
         prior = v_model.prior,
         finished_at = jophiel._now()
   where m.model_id = p_model_id;
  -- One that is not put into use takes no place from it, and is no reason to keep all before it.
  perform jophiel._discard_old_models();
end;
$$;

comment on function jophiel._finish_model(uuid, jsonb) is
  'Calls a model that is being built ready, with what is to be known about it (columns of jophiel.models). Raises JO031 where it is not being built any more.';
