-- The users in pages by id, to pick one from.
create or replace function jophiel.api_users(p_after bigint, p_limit integer)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_ids bigint[];
begin
  perform jophiel._check_limit(p_limit, 100);
  v_ids := array(
    select u.user_id
      from jophiel.users as u
     where p_after is null or u.user_id > p_after
     order by u.user_id
     limit p_limit + 1);

  return (
    select json_build_object(
             'users', coalesce(json_agg(json_build_object(
               'user_id', jophiel._json_key('user', u.user_id), 'interests', u.interests, 'events', coalesce(t.event_count, 0))
               order by u.user_id), '[]'),
             'next_cursor', case when cardinality(v_ids) > p_limit then v_ids[p_limit]::text end)
      from jophiel.users as u
      left join jophiel.tastes as t on t.user_id = u.user_id
     where u.user_id = any (v_ids[: p_limit]));
end;
$$;

comment on function jophiel.api_users(bigint, integer) is
  'Users after an id, by id, with how many active events they have; next_cursor is the last one''s id, null at the end. For the HTTP API, with the owner''s rights (security definer). Raises JO001.';
