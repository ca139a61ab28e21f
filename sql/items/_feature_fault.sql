-- All that can be wrong with one feature of a schema.
create or replace function jophiel._feature_fault(p_feature jsonb)
  returns text
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_feature constant jsonb := jsonb_strip_nulls(p_feature);
  v_unknown constant text := (select min(k.key)
                                from jsonb_object_keys(p_feature) as k (key)
                               where k.key not in ('feature', 'kind', 'source', 'domain', 'weight', 'min_value', 'max_value'));
begin
  if v_unknown is not null then
    return format('has no field "%s"', v_unknown);
  elsif coalesce(jsonb_typeof(v_feature -> 'feature'), '') <> 'string' or v_feature ->> 'feature' !~ '\S' then
    return 'has no name: feature must be text and not empty';
  elsif coalesce(v_feature ->> 'kind', '') not in ('number', 'category', 'tags', 'text', 'embedding') then
    return 'is of no known kind: number, category, tags, text or embedding';
  elsif jsonb_typeof(coalesce(v_feature -> 'source', '"x"')) <> 'string'
     or coalesce(v_feature ->> 'source', 'x') !~ '^[^.]+(\.[^.]+)*$' then
    return 'has a broken source: a path such as audio.bpm';
  elsif jsonb_typeof(coalesce(v_feature -> 'domain', '"x"')) <> 'string' or coalesce(v_feature ->> 'domain', 'x') = '' then
    return 'has a broken domain: text, or none for every domain';
  elsif jsonb_typeof(coalesce(v_feature -> 'weight', '1')) <> 'number' then
    return 'has a weight that is not a number';
  elsif coalesce(v_feature -> 'weight', '1')::numeric <= 0 or coalesce(v_feature -> 'weight', '1')::numeric > 100 then
    return 'has a weight outside 0 to 100';
  elsif v_feature ->> 'kind' <> 'number' and v_feature ?| array['min_value', 'max_value'] then
    return 'has a range, but is not a number';
  elsif v_feature ->> 'kind' <> 'number' then
    return null;
  elsif coalesce(jsonb_typeof(v_feature -> 'min_value'), '') <> 'number' or coalesce(jsonb_typeof(v_feature -> 'max_value'), '') <> 'number' then
    return 'has no range: a number needs min_value and max_value';
  elsif (v_feature -> 'min_value')::numeric not between -1e15 and 1e15 or (v_feature -> 'max_value')::numeric not between -1e15 and 1e15
     or (v_feature -> 'min_value')::double precision >= (v_feature -> 'max_value')::double precision then
    return 'has a broken range: min_value below max_value, both between -1e15 and 1e15';
  end if;

  return null;
end;
$$;

comment on function jophiel._feature_fault(jsonb) is
  'What is wrong with a feature given as a JSON object, as the end of a sentence; null where nothing is.';
