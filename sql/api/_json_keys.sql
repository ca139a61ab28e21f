-- The ids of a page as JSON. Numbers, the common case, without a look into the keys.
create or replace function jophiel._json_keys(p_kind text, p_ids bigint[])
  returns json
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if 0 <= all (p_ids) then
    return array_to_json(p_ids);
  end if;

  return (select json_agg(jophiel._json_key(p_kind, u.id) order by u.place)
            from unnest(p_ids) with ordinality as u (id, place));
end;
$$;

comment on function jophiel._json_keys(text, bigint[]) is 'The application''s keys of ids, in their order, as a JSON array. Null gives null.';
