-- People, many at once: one call, all or nothing. A change makes their feeds stale, for a cold feed depends on interests.
create or replace function jophiel.upsert_users(p_users jsonb)
  returns table (user_id bigint, outcome text)
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_now     timestamptz := jophiel._now();
  v_ids     bigint[];
  v_created bigint[];
  v_changed bigint[];
begin
  perform jophiel._check_users(p_users);

  perform jophiel._register_keys('user', array_agg(r.value ->> 'user_id'))
     from jsonb_array_elements(p_users) as r (value)
    where jsonb_typeof(r.value -> 'user_id') = 'string';

  select coalesce(array_agg(jophiel._read_id(r.value -> 'user_id')), '{}')
    into v_ids
    from jsonb_array_elements(p_users) as r (value);

  -- Creates or locks, in one pass in the order of the ids: `where false` locks a row that is there and leaves it as it is.
  with created as (
    insert into jophiel.users as u (user_id, created_at, updated_at)
    select n.user_id, v_now, v_now
      from unnest(v_ids) as n (user_id)
     order by n.user_id
        on conflict on constraint users_pkey do update
       set updated_at = excluded.updated_at
     where false
    returning u.user_id
  )
  select coalesce(array_agg(c.user_id), '{}')
    into v_created
    from created as c;

  with merged as (
    select u.user_id,
           coalesce((select array_agg(i.value order by i.ordinal)
                       from jsonb_array_elements_text(nullif(r.value -> 'interests', 'null')) with ordinality
                            as i (value, ordinal)),
                    case when jsonb_typeof(r.value -> 'interests') = 'array' then '{}' else u.interests end) as interests,
           coalesce(r.value ->> 'locale', u.locale) as locale,
           coalesce(r.value ->> 'time_zone', u.time_zone) as time_zone,
           jsonb_strip_nulls(
             u.profile || coalesce(nullif(r.value -> 'profile', 'null'), '{}')
             || (r.value - '{user_id,interests,locale,time_zone,profile}'::text[])) as profile
      from jsonb_array_elements(p_users) as r (value)
     cross join lateral (select l.* from jophiel.users as l where l.user_id = jophiel._read_id(r.value -> 'user_id') offset 0) as u
  ), changed as (
    update jophiel.users as u
       set interests = m.interests,
           locale = m.locale,
           time_zone = m.time_zone,
           profile = m.profile,
           updated_at = v_now
      from merged as m
     where u.user_id = any (v_ids)
       and u.user_id = m.user_id
       and (u.interests, u.locale, u.time_zone, u.profile)
           is distinct from (m.interests, m.locale, m.time_zone, m.profile)
    returning u.user_id
  )
  select coalesce(array_agg(c.user_id), '{}') || v_created
    into v_changed
    from changed as c;

  perform jophiel._lock_tastes(v_changed);

  update jophiel.tastes as t
     set version = t.version + 1,
         reaction_version = t.version + 1
   where t.user_id = any (v_changed);

  return query
    select n.user_id,
           case when n.user_id = any (v_created) then 'created'
                when n.user_id = any (v_changed) then 'updated'
                else 'unchanged' end
      from unnest(v_ids) with ordinality as n (user_id, ordinal)
     order by n.ordinal;
end;
$$;

comment on function jophiel.upsert_users(jsonb) is
  'Takes [{user_id, interests[], locale, time_zone, profile{}}], merges them into the users and gives for each row, in their order, the outcome '
  'created, updated or unchanged. Absent fields stay as they are, unknown fields go into the profile, null removes a field of it. '
  'A change raises tastes.version, so that the feeds are made anew. Raises JO010 where a row is bad; then nothing is written.';
