-- ISO 8601 in UTC with a Z, whatever the session's time zone.
create or replace function jophiel._json_time(p_time timestamptz)
  returns text
  language sql
  stable parallel safe
as $$
  select pg_catalog.to_char(pg_catalog.timezone('UTC', p_time), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

comment on function jophiel._json_time(timestamptz) is 'A time as 2026-01-31T12:00:00.000Z. Null gives null.';
