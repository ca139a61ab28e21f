-- Said before anything is computed, and in words of the request.
create or replace function jophiel._check_request(p_options jsonb)
  returns void
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_models  constant text[] := array['content', 'collaborative', 'neighbours', 'following', 'novelty', 'popularity'];
  v_weights constant text[] := array['similarity', 'collaborative', 'neighbours', 'following', 'novelty', 'popularity', 'cold_popularity', 'prior'];
  -- What is less is nothing to a real.
  v_least   constant numeric := 1e-30;
  v_wrong   text;
begin
  perform jophiel._check_options('the request', p_options, array['policy', 'models', 'cf_weight', 'weights', 'query_text', 'query_weight', 'query_embedding', 'query_model']);

  if jsonb_typeof(p_options -> 'policy') <> 'string' then
    raise exception 'policy is no name'
      using errcode = 'JO001',
            hint = 'jophiel.scoring_policies lists them.';
  end if;

  if jsonb_typeof(p_options -> 'models') <> 'array' or p_options -> 'models' = '[]' or not to_jsonb(v_models) @> (p_options -> 'models') then
    raise exception 'models are %', p_options -> 'models'
      using errcode = 'JO001',
            hint = format('A list of one or more of %s.', array_to_string(v_models, ', '));
  end if;

  if (case when jsonb_typeof(p_options -> 'cf_weight') = 'number' then not (p_options -> 'cf_weight' = '0' or (p_options ->> 'cf_weight')::numeric between v_least and 1) else p_options ? 'cf_weight' end) then
    raise exception 'cf_weight is %', p_options -> 'cf_weight'
      using errcode = 'JO001',
            hint = 'The share of the collaborative side, 0 or from 1e-30 to 1.';
  end if;

  if (case
        when jsonb_typeof(p_options -> 'query_text') = 'string' then length(p_options ->> 'query_text') > 1000 or p_options ->> 'query_text' !~ '\S'
        else p_options ? 'query_text'
      end) then
    raise exception 'query_text is no wish in words'
      using errcode = 'JO001',
            hint = 'A text of up to 1000 letters that is not empty; leave it out where nothing is wished for.';
  end if;

  if p_options ? 'query_embedding' and not (jophiel._is_embedding(p_options -> 'query_embedding') and p_options ? 'query_text') then
    raise exception 'query_embedding is no vector of a query_text'
      using errcode = 'JO011',
            hint = 'A list of numbers between -1e6 and 1e6, beside the text that they stand for.';
  end if;

  if p_options ? 'query_model' and not (jsonb_typeof(p_options -> 'query_model') = 'string' and p_options ? 'query_embedding') then
    raise exception 'query_model is no name of a model'
      using errcode = 'JO001',
            hint = 'The model that made query_embedding; leave it out where there is none.';
  end if;

  if (case
        when jsonb_typeof(p_options -> 'query_weight') = 'number' then not (p_options -> 'query_weight' = '0' or (p_options ->> 'query_weight')::numeric between v_least and 100) or not p_options ? 'query_text'
        else p_options ? 'query_weight'
      end) then
    raise exception 'query_weight is %', p_options -> 'query_weight'
      using errcode = 'JO001',
            hint = '0 or from 1e-30 to 100, and only with a query_text.';
  end if;

  if p_options ? 'weights' then
    perform jophiel._check_options('weights', p_options -> 'weights', v_weights);
    select format('%s: %s', w.key, w.value)
      into v_wrong
      from jsonb_each(p_options -> 'weights') as w
     where case when jsonb_typeof(w.value) = 'number' then not (w.value = '0' or (w.value #>> '{}')::numeric between v_least and 100) else true end
     limit 1;
    if found then
      raise exception 'weight %', v_wrong
        using errcode = 'JO001',
              hint = 'Weights are 0, or from 1e-30 to 100.';
    end if;
  end if;
end;
$$;

comment on function jophiel._check_request(jsonb) is
  'Raises JO001, JO010 or JO011 where what a request asks for is not understood: policy (a name), models (a list), cf_weight (0 to 1), weights (an object of numbers from 0 to 100), query_text (not empty, up to 1000 letters) and its query_weight (0 to 100), query_embedding (a vector) and query_model (a name). Weights between 0 and 1e-30 are refused.';
