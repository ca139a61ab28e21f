-- Pages by key: each costs the same, however far into the list, and ids that come and go between two pages shift nothing.
create or replace function jophiel.sync_ids(p_kind text, p_after text default null, p_limit integer default 10000)
  returns table (id text, after text)
  language plpgsql
  stable parallel safe
  rows 10000
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_first  bigint;
  v_second bigint;
begin
  perform jophiel._check_sync_kind(p_kind);
  perform jophiel._check_limit(p_limit, 100000);
  select c.first_id, c.second_id
    into v_first, v_second
    from jophiel._sync_cursor(p_after) as c;

  return query
    select concat_ws('-', coalesce(a.key, p.first_id::text), coalesce(b.key, p.second_id::text)),
           concat_ws(',', p.first_id, p.second_id)
      from jophiel._sync_page(p_kind, v_first, v_second, p_limit) as p
      left join jophiel.keys as a on a.kind = case p_kind when 'items' then 'item' else 'user' end and a.id = p.first_id
      left join jophiel.keys as b on b.kind = case p_kind when 'likes' then 'item' else 'user' end and b.id = p.second_id
     order by p.first_id, p.second_id;
end;
$$;

comment on function jophiel.sync_ids(text, text, integer) is
  'A page of the application''s ids of a kind: items (live), users, likes ("user-item"), follows ("user-creator"). p_after: the column after of the last row of the page '
  'before, null for the first page. Ordered by internal id: text keys by their hash, then integers by value. Raises '
  'JO001 (kind, p_after, limit not between 1 and 100000).';
