-- A file has no event ids; one made of the row itself lets the same file be imported twice.
create or replace function jophiel._import_event_id(
  p_user_id     bigint,
  p_item_id     bigint,
  p_type        text,
  p_happened_at timestamptz
)
  returns uuid
  language sql
  immutable parallel safe
  return pg_catalog.md5(
    p_user_id::text || ',' || p_item_id::text || ',' || p_type || ','
    || coalesce(pg_catalog.date_part('epoch', p_happened_at)::text, ''))::uuid;

comment on function jophiel._import_event_id(bigint, bigint, text, timestamptz) is
  'The event id of an imported row: MD5 of user, item, type and time (null: not given).';
