-- An unknown user is the same error everywhere.
create or replace function jophiel._check_user(p_user_id bigint)
  returns void
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
begin
  if not exists (select from jophiel.users as u where u.user_id = p_user_id) then
    raise exception 'there is no user %', coalesce(p_user_id::text, 'null')
      using errcode = 'JO002',
            hint = 'Create the user with jophiel.upsert_users(), or record an interaction.';
  end if;
end;
$$;

comment on function jophiel._check_user(bigint) is 'Raises JO002 where there is no such user.';
