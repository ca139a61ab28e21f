-- Users from the HTTP API, many at once.
create or replace function jophiel.api_put_users(p_users jsonb)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object('results', coalesce(json_agg(json_build_object(
             'user_id', jophiel._json_key('user', w.user_id), 'outcome', w.outcome) order by w.place), '[]'))
      from jophiel.upsert_users(p_users) with ordinality as w (user_id, outcome, place));
end;
$$;

comment on function jophiel.api_put_users(jsonb) is
  'upsert_users() with its outcomes as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO010, JO013.';
