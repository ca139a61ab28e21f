-- A follow or its end, from the HTTP API.
create or replace function jophiel.api_set_follow(p_user text, p_creator text, p_follows boolean)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_changed boolean;
begin
  if p_follows then
    v_changed := jophiel.follow(p_user, p_creator);
  else
    v_changed := jophiel.unfollow(p_user, p_creator);
  end if;

  return json_build_object('user_id', jophiel._json_key('user', jophiel.key_id(p_user)),
                           'creator_id', jophiel._json_key('user', jophiel.key_id(p_creator)), 'follows', p_follows, 'applied', v_changed);
end;
$$;

comment on function jophiel.api_set_follow(text, text, boolean) is
  'follow() or unfollow() by keys, as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO001.';
