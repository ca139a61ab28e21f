-- What an evaluation found stays, and the oldest ones go: a scheduled evaluation must not fill a disk.
create or replace function jophiel._keep_evaluation(p_options jsonb, p_found jsonb)
  returns uuid
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid := gen_random_uuid();
begin
  if p_options is null or p_found is null or p_found ->> 'split' is null or p_found ->> 'model' is null then
    raise exception 'an evaluation without options, split or model'
      using errcode = 'JO001',
            hint = 'This is called by jophiel evaluate.';
  end if;

  insert into jophiel.evaluations (evaluation_id, split, model, options, found, created_at)
  values (v_id, p_found ->> 'split', p_found ->> 'model', p_options, p_found - array['split', 'model'], jophiel._now());

  delete from jophiel.evaluations as e
   where e.evaluation_id in (select o.evaluation_id
                               from jophiel.evaluations as o
                              order by o.created_at desc, o.evaluation_id
                             offset greatest(jophiel._setting('evaluations_kept'), 1)::bigint);
  return v_id;
end;
$$;

comment on function jophiel._keep_evaluation(jsonb, jsonb) is
  'Stores an evaluation (options, and the judgement with split and model), deletes the oldest beyond the setting evaluations_kept (at least 1), and returns its id. Raises JO001.';
