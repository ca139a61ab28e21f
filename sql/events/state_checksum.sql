-- Two databases that heard of the same events, in whatever order, agree about a user, or they do not: one value to compare. What is stale is brought up
-- to date to be looked at, and left as it was.
create or replace function jophiel.state_checksum(p_user_id bigint, p_at timestamptz)
  returns text
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  set extra_float_digits = 1
as $$
declare
  v_stored jophiel.tastes;
  v_state  text;
begin
  if p_user_id is null or p_at is null or not isfinite(p_at) then
    raise exception 'user % and time % must be given', p_user_id, p_at
      using errcode = 'JO001',
            hint = 'Call jophiel.state_checksum(user_id, now()).';
  end if;

  begin
    perform jophiel.refresh_creators(array(
      select f.creator_id from jophiel.follows as f where f.user_id = p_user_id and f.is_active order by 1));
    select t.* into v_stored from jophiel.tastes as t where t.user_id = p_user_id;
    perform jophiel._rebuild_tastes(array[p_user_id]);
    v_state := jophiel._user_state(p_user_id, v_stored, p_at)::text;
    raise exception using errcode = 'ZZ000', message = 'leave everything as it was';
  exception
    when sqlstate 'ZZ000' then null;
  end;

  return encode(sha256(convert_to(v_state, 'UTF8')), 'hex');
end;
$$;

comment on function jophiel.state_checksum(bigint, timestamptz) is
  'SHA-256 in hex of a user''s profile, taste, follows, collections, interactions and scheduled feeds as they would be rebuilt at a time; one of somebody who is not known, too. It differs as well where the '
  'stored taste is not what the log says. Changes nothing, but needs to be able to write. Items that wait to be vectorised are not in it. Raises JO001.';

create or replace function jophiel.state_checksum(p_user_key text, p_at timestamptz)
  returns text
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jophiel.state_checksum(jophiel.key_id(p_user_key), p_at);
end;
$$;

comment on function jophiel.state_checksum(text, timestamptz) is
  'The same with a text key.';
