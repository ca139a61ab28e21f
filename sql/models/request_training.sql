-- Whoever may not train (the HTTP API, whose role touches no table) asks for it; the batch does it.
create or replace function jophiel.request_training(p_name text default null, p_parameters jsonb default '{}')
  returns uuid
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_names constant text[] := string_to_array(p_name, '+');
  v_id    uuid;
begin
  if not v_names <@ '{svd,neighbours,ease,als,bpr}' or cardinality(v_names) not between 1 and 2 or v_names[1] = v_names[2] or jsonb_typeof(p_parameters) is distinct from 'object' then
    raise exception 'a training of % is not understood', coalesce(p_name, 'null')
      using errcode = 'JO001',
            hint = 'Give the name of a model (svd, neighbours, ease, als, bpr, two of them as in svd+ease; null: validation chooses) and an object of numbers.';
  end if;

  insert into jophiel.models (model_id, name, state, parameters, created_at)
  values (gen_random_uuid(), coalesce(p_name, 'choice'), 'queued', p_parameters, jophiel._now())
      on conflict (state) where state in ('queued', 'building', 'active') do nothing
  returning model_id
    into v_id;

  if v_id is null then
    raise exception 'a training is waiting already'
      using errcode = 'JO032',
            hint = 'The next `jophiel batch run`, in a shell or from cron, begins it; run_batch() and POST /v1/admin/batch do not train. jophiel.models shows it.';
  end if;

  return v_id;
end;
$$;

comment on function jophiel.request_training(text, jsonb) is
  'Asks for a training, which the next `jophiel batch run` does (run_batch() does not train), and returns the id that its model will have. p_name: which model; null where validation is to choose. p_parameters: dimensions, seed and those '
  'of the model. Raises JO001, JO032 (one is waiting already).';
