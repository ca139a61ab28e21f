-- get_taste() as one document, for the HTTP API and the command line.
create or replace function jophiel.describe_taste(p_user_id bigint, p_limit integer default 10)
  returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_terms   jsonb;
  v_numbers jsonb;
begin
  with taste as (
    select t.feature, t.term, t.weight, n.feature is not null as is_number
      from jophiel.get_taste(p_user_id, p_limit) as t
      left join (select f.feature
                   from jophiel.feature_schemas as s
                  cross join lateral jophiel._schema_features(s.features) as f
                  where s.is_active
                    and f.kind = 'number') as n on n.feature = t.feature
  ), feature as (
    select t.feature, t.is_number, jsonb_object_agg(t.term, round(t.weight::numeric, 6)) as terms
      from taste as t
     group by t.feature, t.is_number
  )
  select jsonb_object_agg(f.feature, f.terms) filter (where not f.is_number),
         jsonb_object_agg(f.feature, f.terms) filter (where f.is_number)
    into v_terms, v_numbers
    from feature as f;

  return jsonb_build_object('terms', coalesce(v_terms, '{}'), 'numeric', coalesce(v_numbers, '{}'));
end;
$$;

comment on function jophiel.describe_taste(bigint, integer) is
  'A user''s taste in words as {"terms": {feature: {term: weight}}, "numeric": {feature: {"mean": m, "spread": s}}}; see get_taste(). '
  'Raises JO002 for an unknown user.';

create or replace function jophiel.describe_taste(p_user_key text, p_limit integer default 10)
  returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jophiel.describe_taste(jophiel._find_id('user', p_user_key), p_limit);
end;
$$;

comment on function jophiel.describe_taste(text, integer) is
  'The same with a text key.';
