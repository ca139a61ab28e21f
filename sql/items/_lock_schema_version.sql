-- Vectors of two versions must not meet: whoever writes some holds the active version until the end of the transaction, and
-- making another one active waits for them.
create or replace function jophiel._lock_schema_version()
  returns integer
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_version integer;
begin
  -- The row that we waited for may be active no more, and the next one is not in that statement's snapshot: look again.
  loop
    select s.version
      into v_version
      from jophiel.feature_schemas as s
     where s.is_active
       for share of s;

    exit when found;

    if not exists (select from jophiel.feature_schemas as s where s.is_active) then
      raise exception 'no version of the feature schema is active'
        using errcode = 'JO014',
              hint = 'Set is_active of one row of jophiel.feature_schemas.';
    end if;
  end loop;

  perform jophiel._check_dimensions();
  return v_version;
end;
$$;

comment on function jophiel._lock_schema_version() is
  'The active version of the feature schema, which stays active until the end of the transaction. Take it after '
  'locks on items and before those on creators and tastes. Raises JO014 where none is active, JO011 where the settings are not those of the stored vectors.';
