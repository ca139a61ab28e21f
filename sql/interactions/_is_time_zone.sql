-- PostgreSQL knows the names; the view pg_timezone_names reads hundreds of files to list them.
create or replace function jophiel._is_time_zone(p_name text)
  returns boolean
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform make_timestamptz(2000, 1, 1, 0, 0, 0, p_name);
  return p_name is not null;
exception
  when invalid_parameter_value or datetime_field_overflow or invalid_datetime_format then
    return false;
end;
$$;

comment on function jophiel._is_time_zone(text) is
  'Whether it is the name of a time zone, such as Europe/Madrid or UTC.';
