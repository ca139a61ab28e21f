-- Forgets a user who is there: for who asks over HTTP, nobody is an error.
create or replace function jophiel.api_delete_user(p_user text)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel.delete_user(jophiel._find_id('user', p_user));
end;
$$;

comment on function jophiel.api_delete_user(text) is
  'delete_user() for a user who is there. For the HTTP API, with the owner''s rights (security definer). Raises JO002.';
