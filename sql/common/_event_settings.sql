-- What each event needs is one row: to look for several rows of settings takes longer than to write one into the log.
create or replace function jophiel._event_settings()
  returns jophiel.event_settings
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings jophiel.event_settings;
begin
  select e.*
    into v_settings
    from jophiel.event_settings as e
   where e.id = 1;

  if not found then
    raise exception 'the row of event_settings is missing'
      using errcode = 'JO001',
            hint = 'insert into jophiel.event_settings default values';
  end if;

  return v_settings;
end;
$$;

comment on function jophiel._event_settings() is
  'The row of event_settings. Raises JO001 where there is none.';
