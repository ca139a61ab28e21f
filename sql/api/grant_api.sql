-- The role of the HTTP API may come in by its own door and by no other.
create or replace function jophiel.grant_api(p_role name)
  returns integer
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_function regprocedure;
  v_granted  integer := 0;
begin
  if p_role is null or not exists (select from pg_roles as r where r.rolname = p_role) then
    raise exception 'there is no role %', coalesce(p_role, 'null')
      using errcode = 'JO001',
            hint = 'create role jophiel_api login password ''...'';';
  end if;

  execute format('grant usage on schema jophiel to %I', p_role);
  for v_function in
    select p.oid::regprocedure
      from pg_proc as p
     where p.pronamespace = 'jophiel'::regnamespace
       and p.proname like 'api\_%'
       and p.prosecdef
     order by p.oid::regprocedure::text
  loop
    execute format('grant execute on function %s to %I', v_function, p_role);
    v_granted := v_granted + 1;
  end loop;

  return v_granted;
end;
$$;

comment on function jophiel.grant_api(name) is
  'Lets a role execute the functions of the HTTP API (jophiel.api_*), and nothing else; returns how many they are. An upgrade repeats it for every role that has them. '
  'Raises JO001 for an unknown role.';
