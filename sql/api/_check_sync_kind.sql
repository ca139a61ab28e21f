-- What can be compared with the application's own tables.
create or replace function jophiel._check_sync_kind(p_kind text)
  returns void
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_kind is null or p_kind not in ('items', 'users', 'likes', 'follows') then
    raise exception 'there is nothing to compare of kind %', coalesce(p_kind, 'null')
      using errcode = 'JO001',
            hint = 'Kinds are items, users, likes and follows.';
  end if;
end;
$$;

comment on function jophiel._check_sync_kind(text) is 'Raises JO001 for a kind that is not items, users, likes or follows.';
