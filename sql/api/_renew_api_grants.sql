-- An upgrade brings new functions; who could call the old ones needs them too.
create or replace function jophiel._renew_api_grants()
  returns integer
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_role  name;
  v_roles integer := 0;
begin
  for v_role in
    select r.rolname
      from pg_proc as p
     cross join lateral aclexplode(p.proacl) as a
      join pg_roles as r on r.oid = a.grantee
     where p.oid = 'jophiel.api_ready()'::regprocedure
       and a.privilege_type = 'EXECUTE'
       and a.grantee <> p.proowner
     order by r.rolname
  loop
    perform jophiel.grant_api(v_role);
    v_roles := v_roles + 1;
  end loop;

  return v_roles;
end;
$$;

comment on function jophiel._renew_api_grants() is
  'Repeats grant_api() for every role that may execute api_ready(); returns how many.';
