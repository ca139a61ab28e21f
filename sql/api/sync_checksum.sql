-- An application compares this with the checksum of its own list, and fetches the ids only where they differ.
create or replace function jophiel.sync_checksum(p_kind text)
  returns table (checksum text, count bigint)
  language plpgsql
  stable parallel safe
  rows 1
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_most  constant bigint := 2000000;
  v_count bigint;
begin
  perform jophiel._check_sync_kind(p_kind);
  select count(*)
    into v_count
    from (select from jophiel._sync_pairs(p_kind) limit v_most + 1) as p;

  -- PostgreSQL hashes a value as a whole, so it has to hold it.
  if v_count > v_most then
    raise exception 'there are more than % %', v_most, p_kind
      using errcode = 'JO001',
            hint = 'jophiel.sync in Python and the HTTP API hash a list of any length as it streams.';
  end if;

  return query
    select encode(sha256(convert_to(string_agg(k.key, ',' order by k.position), 'UTF8')), 'hex'), count(*)
      from jophiel._sync_keys(p_kind) with ordinality as k (key, position);
end;
$$;

comment on function jophiel.sync_checksum(text) is
  'SHA-256 in hex of the sorted ids of a kind joined by commas (null when there are none), and how many they are. Kinds: items (live), users, likes (user-item), '
  'follows (user-creator). Order: integers by value, then texts by their bytes. Raises JO001 for another kind, or for '
  'more than two million ids.';
