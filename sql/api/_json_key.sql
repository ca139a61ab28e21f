-- An application reads the keys that it wrote: numbers as JSON numbers, texts as strings.
create or replace function jophiel._json_key(p_kind text, p_id bigint)
  returns json
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_id >= 0 then
    return p_id::text::json;
  end if;

  return to_json(jophiel.external_key(p_kind, p_id));
end;
$$;

comment on function jophiel._json_key(text, bigint) is
  'The application''s key of an id as JSON: a number, or the text that was registered. Null gives null.';
