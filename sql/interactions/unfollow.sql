-- Ends a follow. It stays as an inactive row, so that an older follow that arrives later changes nothing.
create or replace function jophiel.unfollow(
  p_user_id     bigint,
  p_creator_id  bigint,
  p_happened_at timestamptz default null,
  p_event_id    uuid default null
)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_user_id is null or p_creator_id is null or not isfinite(p_happened_at) or p_happened_at > jophiel._latest_time() then
    raise exception 'user % and creator % must be given, and the time (%) must be finite and not in the future', p_user_id, p_creator_id, p_happened_at
      using errcode = 'JO001',
            hint = 'Call jophiel.unfollow(user_id, creator_id).';
  end if;

  return cardinality(jophiel._record_follows(
    array[p_user_id], array[p_creator_id], array[false], array[coalesce(p_happened_at, jophiel._now())],
    array[coalesce(p_event_id, jophiel._new_event_id())])) > 0;
end;
$$;

comment on function jophiel.unfollow(bigint, bigint, timestamptz, uuid) is
  'The user follows the creator no more; returns false where a later event about the two is known. Null: now, a new id. Users are '
  'created where they are missing; a creator counts in the taste once it has items. Raises JO001.';

create or replace function jophiel.unfollow(
  p_user_key    text,
  p_creator_key text,
  p_happened_at timestamptz default null,
  p_event_id    uuid default null
)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._register_keys('user', array[p_user_key, p_creator_key]);

  return jophiel.unfollow(jophiel.key_id(p_user_key), jophiel.key_id(p_creator_key), p_happened_at, p_event_id);
end;
$$;

comment on function jophiel.unfollow(text, text, timestamptz, uuid) is
  'The same with text keys, which are registered.';
