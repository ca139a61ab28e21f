-- Publishers send ISO 8601 or unix seconds. Without a zone it is UTC, whatever the session's.
create or replace function jophiel._read_time(p_value jsonb)
  returns timestamptz
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
begin
  return case when jsonb_typeof(p_value) in ('number', 'string') then jophiel._parse_time(p_value #>> '{}') end;
end;
$$;

comment on function jophiel._read_time(jsonb) is
  'The time given as ISO 8601 text or as unix seconds (number or text); null for anything else.';
