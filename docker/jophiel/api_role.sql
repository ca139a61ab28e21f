-- The role that the API's connections take: it may execute the functions jophiel.api_*, and nothing else.
do $$
begin
  if not exists (select from pg_catalog.pg_roles as r where r.rolname = 'jophiel_api') then
    create role jophiel_api nologin;
  end if;
end;
$$;

select jophiel.grant_api('jophiel_api');
