-- The canonical list itself, for a checksum over more ids than one value can hold: read it with a cursor.
create or replace function jophiel.api_sync_keys(p_kind text)
  returns setof text
  language plpgsql
  stable parallel safe
  security definer
  rows 100000
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query select k.key from jophiel._sync_keys(p_kind) as k (key);
end;
$$;

comment on function jophiel.api_sync_keys(text) is
  'The ids of a kind in the order in which they are hashed. For the HTTP API, with the owner''s rights (security definer). Raises JO001.';
