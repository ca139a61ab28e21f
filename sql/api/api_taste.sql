-- A taste as the audio platform reads it: a number for each numeric feature, and terms with their weights for the others.
create or replace function jophiel.api_taste(p_user text, p_limit integer)
  returns text
  language plpgsql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user  constant bigint := jophiel._find_id('user', p_user);
  v_taste constant jsonb := jophiel.describe_taste(v_user, p_limit);
begin
  return (
    select jsonb_build_object('user_id', jophiel._json_key('user', v_user))
           || coalesce((select jsonb_object_agg(f.feature || '_preference', v_taste #> array['numeric', f.feature, 'mean'])
                          from jophiel.feature_schemas as s
                         cross join lateral jophiel._schema_features(s.features) as f
                         where s.is_active
                           and f.kind = 'number'), '{}')
           || jsonb_build_object('terms', v_taste -> 'terms', 'numeric', v_taste -> 'numeric'));
end;
$$;

comment on function jophiel.api_taste(text, integer) is
  'A taste in words as JSON text: user_id, <feature>_preference (the mean, or null) for each numeric feature, terms {feature: {term: weight}}, numeric {feature: {mean, '
  'spread}}. For the HTTP API, with the owner''s rights (security definer). Raises JO002.';
