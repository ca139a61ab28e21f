-- Everything that can be wrong with a search, before any of it is done.
create or replace function jophiel._check_search(p_query text, p_user_id bigint, p_limit integer, p_offset integer)
  returns void
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._check_limit(p_limit, 1000);
  if p_offset is null or p_offset not between 0 and 100000 then
    raise exception 'offset % is not between 0 and 100000', coalesce(p_offset::text, 'null')
      using errcode = 'JO001',
            hint = 'Nobody reads that far: search for more words.';
  elsif length(p_query) > 1000 then
    raise exception 'the search "%..." has % letters', left(p_query, 40), length(p_query)
      using errcode = 'JO001',
            hint = 'Give at most 1000.';
  elsif coalesce(numnode(jophiel._search_query(p_query)), 0) = 0 then
    raise exception 'the search "%" has no word', coalesce(p_query, '')
      using errcode = 'JO001',
            hint = 'Give at least one word of letters or digits.';
  elsif p_user_id is not null and not exists (select from jophiel.users as u where u.user_id = p_user_id) then
    raise exception 'there is no user %', p_user_id
      using errcode = 'JO002',
            hint = 'Leave the user out for a search by words alone.';
  end if;
end;
$$;

comment on function jophiel._check_search(text, bigint, integer, integer) is
  'Raises JO001 for a query without a word or longer than 1000 letters, a limit or an offset out of range, JO002 for an unknown user.';
