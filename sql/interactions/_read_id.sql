-- Applications send ids as JSON numbers or as text keys.
create or replace function jophiel._read_id(p_value jsonb)
  returns bigint
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  case jsonb_typeof(p_value)
    when 'number' then
      return case when pg_input_is_valid(p_value::text, 'bigint') then p_value::text::bigint end;
    when 'string' then
      return case when p_value #>> '{}' ~ '\S' then jophiel.key_id(p_value #>> '{}') end;
    else
      return null;
  end case;
end;
$$;

comment on function jophiel._read_id(jsonb) is
  'The bigint of an id given as an integer or a text key; null for anything else. Registers nothing.';
