-- The checksum of a list in the shape that the audio platform reads.
create or replace function jophiel.api_checksum(p_kind text)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object('success', true, 'data', json_build_object('checksum', c.checksum, 'count', c.count))
      from jophiel.sync_checksum(p_kind) as c);
end;
$$;

comment on function jophiel.api_checksum(text) is
  'sync_checksum() as {success, data: {checksum, count}}. For the HTTP API, with the owner''s rights (security definer). Raises JO001 for more than two million ids: '
  'stream api_sync_keys() and hash it.';
