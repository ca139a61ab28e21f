-- Engine settings are rows, so that an operator changes them with one UPDATE; for what each event needs see _event_settings().
create or replace function jophiel._setting(p_name text)
  returns double precision
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_value double precision;
begin
  select s.value::double precision
    into v_value
    from jophiel.settings as s
   where s.name = p_name;

  if v_value is null then
    raise exception 'setting % is missing', p_name
      using errcode = 'JO001',
            hint = 'Insert it into jophiel.settings; migrations/0001_engine.sql has the defaults.';
  end if;

  return v_value;
end;
$$;

comment on function jophiel._setting(text) is
  'Value of a numeric engine setting. Raises JO001 where there is none of that name.';
