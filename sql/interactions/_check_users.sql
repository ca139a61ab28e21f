-- All or nothing: what is wrong with a row is said before anything is written.
create or replace function jophiel._check_users(p_users jsonb)
  returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad record;
begin
  perform jophiel._check_rows(p_users, 'users');

  select c.ordinal, c.reason
    into v_bad
    from (
      select r.ordinal,
             case
               when jophiel._read_id(r.value -> 'user_id') is null
                 then 'user_id must be an integer or a text key'
               when count(*) over (partition by jophiel._read_id(r.value -> 'user_id')) > 1
                 then format('user %s is in more than one row', r.value ->> 'user_id')
               else jophiel._user_fault(r.value)
             end as reason
        from jsonb_array_elements(p_users) with ordinality as r (value, ordinal)) as c
   where c.reason is not null
   order by c.ordinal
   limit 1;

  if found then
    raise exception 'row % of the users: %', v_bad.ordinal, v_bad.reason
      using errcode = 'JO010',
            hint = 'Nothing was written. Mend the row and send all again; time zones are listed in pg_timezone_names.';
  end if;
end;
$$;

comment on function jophiel._check_users(jsonb) is
  'Raises JO010 with the number (from 1) of the first bad row and what is wrong with it.';
