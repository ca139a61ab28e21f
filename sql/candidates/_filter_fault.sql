-- Filters are written by hand and used by every recompute: each key is checked before any is used.
create or replace function jophiel._filter_fault(p_key text, p_value jsonb)
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_text constant text := case when jsonb_typeof(p_value) = 'string' then p_value #>> '{}' end;
  v_list constant jsonb := case when jsonb_typeof(p_value) = 'array' and p_value <> '[]' then p_value end;
begin
  case
    when p_key in ('tags', 'any_tags', 'not_tags') then
      if v_list is null
         or exists (select from jsonb_array_elements(v_list) as e where jsonb_typeof(e.value) <> 'string' or e.value #>> '{}' !~ '\S') then
        return 'is not a list of texts';
      end if;
    when p_key in ('creators', 'not_creators') then
      if v_list is null
         or exists (select from jsonb_array_elements(v_list) as e where jophiel._read_id(e.value) is null) then
        return 'is not a list of ids';
      end if;
    when p_key = 'metadata' then
      if jsonb_typeof(p_value) <> 'object' then
        return 'is not an object';
      end if;
    when p_key = 'created_within' then
      if v_text is null or not pg_input_is_valid(v_text, 'interval') then
        return 'is not an interval like "7 days"';
      elsif v_text::interval <= interval '0' or v_text::interval > interval '1000 years' then
        return 'is not between 0 and 1000 years';
      end if;
    when p_key = 'created_after' then
      if v_text is null or jophiel._read_time(p_value) is null then
        return 'is not a time like "2026-01-31T12:00:00Z"';
      end if;
    when p_key = 'text' then
      if v_text is null or numnode(websearch_to_tsquery('simple', jophiel._fold(v_text))) = 0 then
        return 'has no word';
      end if;
    else
      return 'is not known';
  end case;

  return null;
end;
$$;

comment on function jophiel._filter_fault(text, jsonb) is 'What is wrong with a key of a filter and its value; null where nothing is.';
