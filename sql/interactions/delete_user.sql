-- The application's own word that a user is to be forgotten everywhere. An event can say it too (docs/events.md).
create or replace function jophiel.delete_user(p_user_id bigint)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now     constant timestamptz := jophiel._now();
  v_is_made boolean;
begin
  if p_user_id is null then
    raise exception 'the user to delete is null'
      using errcode = 'JO001',
            hint = 'Call jophiel.delete_user(user_id).';
  end if;

  -- Who is not there is made first: without a row to lock, somebody who arrives at this moment would be half forgotten, and
  -- the locks below taken in another order than a writer's.
  loop
    insert into jophiel.users (user_id, created_at, updated_at)
    values (p_user_id, v_now, v_now)
        on conflict (user_id) do nothing;
    v_is_made := found;

    perform u.user_id
       from jophiel.users as u
      where u.user_id = p_user_id
        for update of u;
    exit when found;
  end loop;

  perform jophiel._lock_tastes(array[p_user_id]);

  return jophiel._forget_users(array[p_user_id]) > 0 or not v_is_made;
end;
$$;

comment on function jophiel.delete_user(bigint) is
  'Deletes everything the user owns (every table whose comment begins jophiel:user), the registered key, and cached answers about the '
  'user''s collections; returns whether there was anything. The catalogue is the application''s: items the user created stay until delete_item() takes '
  'them away, and so do follows of others towards the user. Raises JO001.';

create or replace function jophiel.delete_user(p_user_key text)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jophiel.delete_user(jophiel.key_id(p_user_key));
end;
$$;

comment on function jophiel.delete_user(text) is
  'The same with a text key.';
