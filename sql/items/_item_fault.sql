-- All that can be wrong with one item, in one place, so that a writer can say it before anything is written.
create or replace function jophiel._item_fault(p_item jsonb)
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_item constant jsonb := jsonb_strip_nulls(p_item);
  v_tag  text;
begin
  if jophiel._read_id(v_item -> 'item_id') is null then
    return 'item_id must be an integer or a text key';
  elsif v_item ? 'creator_id' and jophiel._read_id(v_item -> 'creator_id') is null then
    return 'creator_id must be an integer or a text key';
  elsif jsonb_typeof(coalesce(v_item -> 'title', '""')) <> 'string' then
    return 'title must be text';
  elsif jsonb_typeof(coalesce(v_item -> 'description', '""')) <> 'string' then
    return 'description must be text';
  elsif jsonb_typeof(coalesce(v_item -> 'domain', '"x"')) <> 'string' or coalesce(v_item ->> 'domain', 'x') !~ '\S' then
    return 'domain must be text and not empty';
  elsif length(v_item ->> 'domain') > 100 then
    return 'domain is longer than 100 characters';
  elsif v_item ? 'created_at' and jophiel._read_time(v_item -> 'created_at') is null then
    return 'created_at must be ISO 8601 text or unix seconds';
  elsif jsonb_typeof(coalesce(v_item -> 'metadata', '{}')) <> 'object' then
    return 'metadata must be an object';
  elsif jsonb_typeof(coalesce(v_item -> 'tags', '[]')) <> 'array' then
    return 'tags must be an array of texts';
  end if;

  select e.value #>> '{}'
    into v_tag
    from jsonb_array_elements(v_item -> 'tags') as e (value)
   where jsonb_typeof(e.value) not in ('string', 'number')
      or length(e.value #>> '{}') > 500
   limit 1;

  return case when found then format('tag "%s" is not a text of at most 500 characters', left(v_tag, 40)) end;
end;
$$;

comment on function jophiel._item_fault(jsonb) is
  'What is wrong with an item given as a JSON object; null where nothing is.';
