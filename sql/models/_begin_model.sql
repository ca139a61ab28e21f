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

  insert into jophiel.models (model_id, name, state, parameters, created_at)
  values (p_model_id, p_name, 'building', p_parameters, v_now);
end;
$$;

comment on function jophiel._begin_model(uuid, text, jsonb) is
  'Notes that a training has begun; one that was left unfinished is called failed, and what it had written goes.';
