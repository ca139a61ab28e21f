-- Whether this database can answer: what it is installed with, read from a table, so that a broken one shows.
create or replace function jophiel.api_ready()
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (select m.value from jophiel.meta as m where m.name = 'sql_hash');
end;
$$;

comment on function jophiel.api_ready() is
  'The hash of the installed functions, null where they were installed by psql. For the HTTP API, with the owner''s rights (security definer).';
