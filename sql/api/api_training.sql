-- What has been trained, what is in use, and what happened since.
create or replace function jophiel.api_training(p_limit integer)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._check_limit(p_limit, 100);
  return json_build_object(
    'active', (select jophiel._json_model(m) from jophiel.models as m where m.state = 'active'),
    'running', (select jophiel._json_model(m) from jophiel.models as m where m.state = 'building'),
    'waiting', (select jophiel._json_model(m) from jophiel.models as m where m.state = 'queued'),
    'trainings', (select count(*) from jophiel.models),
    'failed', (select count(*) from jophiel.models as m where m.state = 'failed'),
    'new_interactions', (select count(*)
                           from jophiel.models as m
                           join jophiel.interactions as i on i.received_at > m.data_until
                          where m.state = 'active'),
    'history', coalesce((select json_agg(jophiel._json_model(m) order by m.created_at desc, m.model_id)
                           from (select h.* from jophiel.models as h order by h.created_at desc, h.model_id limit p_limit) as m), '[]'));
end;
$$;

comment on function jophiel.api_training(integer) is
  'The active model, the training that is running and the one that waits (null: none), how many there were and failed, the interactions received since the data of the active one, and the newest p_limit '
  'trainings, as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO001.';
