-- What is in a collection is a register of (user, collection, item). The taste learns of it as an interaction.
create or replace function jophiel._put_in_collection(
  p_user_id       bigint,
  p_collection_id bigint,
  p_item_id       bigint,
  p_is_active     boolean,
  p_happened_at   timestamptz,
  p_event_id      uuid
)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_happened_at timestamptz := coalesce(p_happened_at, jophiel._now());
  v_event_id    uuid := coalesce(p_event_id, jophiel._new_event_id());
  v_written     integer[];
begin
  if p_user_id is null or p_collection_id is null or p_item_id is null or not isfinite(v_happened_at) or v_happened_at > jophiel._latest_time() then
    raise exception 'user %, collection % and item % must be given, and the time (%) must be finite and not in the future',
                    p_user_id, p_collection_id, p_item_id, p_happened_at
      using errcode = 'JO001',
            hint = 'Call jophiel.add_to_collection(user_id, collection_id, item_id).';
  end if;

  -- As an event about an item that is not there: one of us waits for who brings it (the first lock of all).
  if not exists (select from jophiel.items as i where i.item_id = p_item_id) then
    perform jophiel._hold_items(array[p_item_id]);
  end if;
  perform jophiel._hold_signals(array[p_item_id]);
  if cardinality(jophiel._ensure_users(array[p_user_id])) = 0 then
    return false;
  end if;

  v_written := jophiel._put_in_collections(
    array[p_user_id], array[p_collection_id], array[p_item_id], array[p_is_active], array[v_happened_at], array[v_event_id]);

  perform jophiel._record_interactions(
    array[p_user_id], array[p_item_id], array[case when p_is_active then 'add_to_board' else 'remove_from_board' end],
    array[null::real], array[v_happened_at], array[v_event_id],
    array[jsonb_build_object('collection_id', p_collection_id)]);

  return cardinality(v_written) > 0;
end;
$$;

comment on function jophiel._put_in_collection(bigint, bigint, bigint, boolean, timestamptz, uuid) is
  'Puts the item in or takes it out, creates the collection where it is missing, forgets its cached ideas, and records add_to_board or '
  'remove_from_board (where there are such types). Returns false where a later event is known. Raises JO001.';
