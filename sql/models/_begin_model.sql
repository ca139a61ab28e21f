-- One training at a time. Who calls holds the trainers' lock, so a model that is still being built was left behind by a training that was killed.
create or replace function jophiel._begin_model(p_model_id uuid, p_name text, p_parameters jsonb)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := jophiel._now();
begin
  perform jophiel._fail_model(m.model_id, 'the training was killed')
     from jophiel.models as m
    where m.state = 'building';

  -- One that was asked for is there already.
  insert into jophiel.models as m (model_id, name, state, parameters, created_at)
  values (p_model_id, p_name, 'building', p_parameters, v_now)
      on conflict (model_id) do update
     set state = 'building',
         parameters = excluded.parameters,
         created_at = excluded.created_at
   where m.state = 'queued';
end;
$$;

comment on function jophiel._begin_model(uuid, text, jsonb) is
  'Notes that a training has begun, one that was asked for by request_training() or another; one that was left unfinished is called failed, and what it had written goes.';
