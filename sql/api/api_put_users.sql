-- Users from the HTTP API, many at once.
create or replace function jophiel.api_put_users(p_users jsonb)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids      bigint[];
  v_outcomes text[];
begin
  select array_agg(w.user_id order by w.place), array_agg(w.outcome order by w.place)
    into v_ids, v_outcomes
    from jophiel.upsert_users(p_users) with ordinality as w (user_id, outcome, place);

  return jophiel._json_outcomes('user', v_ids, v_outcomes);
end;
$$;

comment on function jophiel.api_put_users(jsonb) is
  'upsert_users() with its outcomes as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO010, JO013.';
