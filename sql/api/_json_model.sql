-- A training, as the HTTP API shows it.
create or replace function jophiel._json_model(p_model jophiel.models)
  returns json
  language sql
  stable parallel safe
as $$
  select json_build_object(
    'model_id', p_model.model_id, 'name', p_model.name, 'state', p_model.state, 'dimensions', p_model.dimensions,
    'parameters', p_model.parameters, 'weights', p_model.weights, 'metrics', p_model.metrics,
    'interactions', p_model.interactions, 'users', p_model.users, 'items', p_model.items,
    'fit_seconds', p_model.fit_seconds, 'write_seconds', p_model.write_seconds, 'peak_bytes', p_model.peak_bytes,
    'data_until', jophiel._json_time(p_model.data_until), 'created_at', jophiel._json_time(p_model.created_at),
    'finished_at', jophiel._json_time(p_model.finished_at), 'activated_at', jophiel._json_time(p_model.activated_at),
    'error', p_model.error)
$$;

comment on function jophiel._json_model(jophiel.models) is 'A row of jophiel.models as JSON.';
