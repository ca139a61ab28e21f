-- People with what is known about them, as the generator of sample data stages them.
create or replace function jophiel._import_users()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_now   timestamptz := jophiel._now();
  v_users bigint[];
begin
  perform jophiel._register_keys('user', array(
    select distinct btrim(s.user_id) from pg_temp.staged_users as s where jophiel.key_id(btrim(s.user_id)) < 0));

  with person as (
    select distinct on (user_id)
           jophiel.key_id(btrim(s.user_id)) as user_id, s.profile, s.interests, s.locale,
           coalesce(jophiel._parse_time(btrim(s.created_at)), v_now) as created_at
      from pg_temp.staged_users as s
     order by user_id, s.line desc
  ), written as (
    insert into jophiel.users as u (user_id, profile, interests, locale, created_at, updated_at)
    select p.user_id, coalesce(p.profile, '{}'), coalesce(p.interests, '{}'), coalesce(p.locale, ''), p.created_at, v_now
      from person as p
     order by p.user_id
        on conflict (user_id) do update
       set profile = excluded.profile,
           interests = excluded.interests,
           locale = excluded.locale,
           updated_at = excluded.updated_at
     where (u.profile, u.interests, u.locale) is distinct from (excluded.profile, excluded.interests, excluded.locale)
    returning user_id
  )
  select coalesce(array_agg(w.user_id), '{}')
    into v_users
    from written as w;

  perform jophiel.mark_tastes_stale(v_users);
  return cardinality(v_users);
end;
$$;

comment on function jophiel._import_users() is
  'Moves staged_users into users, whose tastes it marks stale. Returns how many are new or changed.';
