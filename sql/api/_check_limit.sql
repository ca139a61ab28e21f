-- One rule for how much can be asked for at once.
create or replace function jophiel._check_limit(p_limit integer, p_most integer)
  returns void
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_limit is null or p_limit not between 1 and p_most then
    raise exception 'limit % is not between 1 and %', coalesce(p_limit::text, 'null'), p_most
      using errcode = 'JO001',
            hint = 'Ask for fewer, and page through them.';
  end if;
end;
$$;

comment on function jophiel._check_limit(integer, integer) is 'Raises JO001 where a limit is null or not between 1 and p_most.';
