-- Follows, many at once: one call, all or nothing.
create or replace function jophiel.follow_many(p_follows jsonb)
  returns table (user_id bigint, creator_id bigint, outcome text)
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now      timestamptz := jophiel._now();
  v_users    bigint[];
  v_creators bigint[];
  v_active   boolean[];
  v_times    timestamptz[];
  v_events   uuid[];
  v_new      integer[];
begin
  perform jophiel._check_follows(p_follows);

  perform jophiel._register_keys('user', array_agg(k.value #>> '{}'))
     from jsonb_array_elements(p_follows) as r (value)
    cross join lateral (values (r.value -> 'user_id'),
                               (coalesce(r.value -> 'creator_id', r.value -> 'followed_user_id'))) as k (value)
    where jsonb_typeof(k.value) = 'string';

  select array_agg(jophiel._read_id(r.value -> 'user_id') order by r.ordinal),
         array_agg(jophiel._read_id(coalesce(r.value -> 'creator_id', r.value -> 'followed_user_id')) order by r.ordinal),
         array_agg(coalesce(r.value ->> 'type', 'follow') = 'follow' order by r.ordinal),
         array_agg(coalesce(jophiel._read_time(nullif(r.value -> 'ts', 'null')), v_now) order by r.ordinal),
         array_agg(coalesce((r.value ->> 'event_id')::uuid, jophiel._new_event_id(r.ordinal)) order by r.ordinal)
    into v_users, v_creators, v_active, v_times, v_events
    from jsonb_array_elements(p_follows) with ordinality as r (value, ordinal);

  if v_users is null then
    return;
  end if;

  v_new := jophiel._record_follows(v_users, v_creators, v_active, v_times, v_events);

  return query
    select r.user_id, r.creator_id, case when r.ordinal = any (v_new) then 'applied' else 'duplicate' end
      from unnest(v_users, v_creators) with ordinality as r (user_id, creator_id, ordinal)
     order by r.ordinal;
end;
$$;

comment on function jophiel.follow_many(jsonb) is
  'Takes [{user_id, creator_id (or followed_user_id), type, ts, event_id}] and gives for each row, in their order, the outcome applied or '
  'duplicate (a later event about the two is known). type: follow (where absent) or unfollow; ts: ISO 8601 or unix seconds, '
  'now where absent. Tastes move at once. Raises JO010 where a row is bad; then nothing is written.';
