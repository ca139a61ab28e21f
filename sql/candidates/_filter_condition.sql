-- Values become literals and not parameters: only then does the planner know which index is worth it.
create or replace function jophiel._filter_condition(p_key text, p_value jsonb)
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
begin
  return case p_key
    when 'tags' then
      (select string_agg(format(' and i.tags && %L::text[]', jophiel._filter_spellings(jsonb_build_array(e.value))), '')
         from jsonb_array_elements(p_value) as e)
    when 'any_tags' then
      format(' and i.tags && %L::text[]', jophiel._filter_spellings(p_value))
    when 'not_tags' then
      format(' and not i.tags && %L::text[]', jophiel._filter_spellings(p_value))
    when 'metadata' then
      format(' and i.metadata @> %L::jsonb', p_value)
    when 'creators' then
      format(' and i.creator_id = any (%L::bigint[])',
             (select array_agg(jophiel._read_id(e.value)) from jsonb_array_elements(p_value) as e))
    when 'not_creators' then
      format(' and (i.creator_id = any (%L::bigint[])) is not true',
             (select array_agg(jophiel._read_id(e.value)) from jsonb_array_elements(p_value) as e))
    when 'created_within' then
      format(' and i.created_at >= %L::timestamptz', jophiel._now() - (p_value #>> '{}')::interval)
    when 'created_after' then
      format(' and i.created_at > %L::timestamptz', jophiel._read_time(p_value))
    when 'text' then
      format(' and i.search @@ %L::tsquery', websearch_to_tsquery('simple', jophiel._fold(p_value #>> '{}')))
  end;
end;
$$;

comment on function jophiel._filter_condition(text, jsonb) is 'SQL of one key of a checked filter, over jophiel.items as i.';
