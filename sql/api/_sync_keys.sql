-- The canonical list that a checksum is made of. It passes through a spill file and not through memory; who reads it with a cursor
-- never holds more than a page.
create or replace function jophiel._sync_keys(p_kind text)
  returns setof text
  language plpgsql
  stable parallel safe
  rows 100000
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._check_sync_kind(p_kind);
  return query
    select concat_ws('-', coalesce(a.key, p.first_id::text), coalesce(b.key, p.second_id::text))
      from jophiel._sync_pairs(p_kind) as p
      left join jophiel.keys as a on a.kind = case p_kind when 'items' then 'item' else 'user' end and a.id = p.first_id
      left join jophiel.keys as b on b.kind = case p_kind when 'likes' then 'item' else 'user' end and b.id = p.second_id
     order by p.first_id < 0,
              greatest(p.first_id, -1),
              coalesce(a.key, p.first_id::text) collate "C",
              p.second_id < 0,
              greatest(p.second_id, -1),
              coalesce(b.key, p.second_id::text) collate "C";
end;
$$;

comment on function jophiel._sync_keys(text) is
  'The application''s ids of a kind (items, users, likes, follows; likes and follows as "user-item" and "user-creator"), sorted: integers by value, then texts by their '
  'bytes; pairs by the first, then the second. Raises JO001.';
