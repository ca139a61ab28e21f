-- A user as the application gave it, with what the engine knows about it in numbers.
create or replace function jophiel.api_user(p_user text)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user constant bigint := jophiel._find_id('user', p_user);
begin
  return (
    select json_build_object(
             'user_id', jophiel._json_key('user', u.user_id), 'profile', u.profile, 'interests', u.interests, 'locale', u.locale,
             'time_zone', u.time_zone, 'created_at', jophiel._json_time(u.created_at), 'updated_at', jophiel._json_time(u.updated_at),
             'events', coalesce((select t.event_count from jophiel.tastes as t where t.user_id = v_user), 0),
             'follows', coalesce((select json_agg(jophiel._json_key('user', f.creator_id) order by f.happened_at desc, f.creator_id)
                                    from (select w.creator_id, w.happened_at
                                            from jophiel.follows as w
                                           where w.user_id = v_user
                                             and w.is_active
                                           order by w.happened_at desc, w.creator_id
                                           limit 1000) as f), '[]'))
      from jophiel.users as u
     where u.user_id = v_user);
end;
$$;

comment on function jophiel.api_user(text) is
  'A user as JSON text, with the newest 1000 creators that the user follows. For the HTTP API, with the owner''s rights (security definer). Raises JO002.';
