-- Takes an item out again. The row stays inactive, so that an older addition that arrives later changes nothing.
create or replace function jophiel.remove_from_collection(
  p_user_id       bigint,
  p_collection_id bigint,
  p_item_id       bigint,
  p_happened_at   timestamptz default null,
  p_event_id      uuid default null
)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jophiel._put_in_collection(p_user_id, p_collection_id, p_item_id, false, p_happened_at, p_event_id);
end;
$$;

comment on function jophiel.remove_from_collection(bigint, bigint, bigint, timestamptz, uuid) is
  'Takes the item out of the user''s collection and records the interaction that the taste learns '
  'from. Returns false where a later event about this item and collection is known. In the taste an item counts '
  'once for each collection that it is in. Null: now, a new id. Raises JO001.';

create or replace function jophiel.remove_from_collection(
  p_user_key       text,
  p_collection_key text,
  p_item_key       text,
  p_happened_at    timestamptz default null,
  p_event_id       uuid default null
)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._register_keys('user', array[p_user_key]);
  perform jophiel._register_keys('collection', array[p_collection_key]);
  perform jophiel._register_keys('item', array[p_item_key]);

  return jophiel._put_in_collection(
    jophiel.key_id(p_user_key), jophiel.key_id(p_collection_key), jophiel.key_id(p_item_key), false, p_happened_at, p_event_id);
end;
$$;

comment on function jophiel.remove_from_collection(text, text, text, timestamptz, uuid) is
  'The same with text keys, which are registered.';
