-- Every field of a profile is a register of its own: an event changes those that it brings and leaves the others.
create or replace function jophiel._ingest_users(p_events jophiel.event[])
  returns table (number integer, event_id uuid, outcome text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_numbers  integer[];
  v_ids      uuid[];
  v_users    bigint[];
  v_times    timestamptz[];
  v_profiles jsonb[];
  v_new      integer[];
begin
  select array_agg(r.number), array_agg(r.event_id), array_agg(r.user_id), array_agg(r.happened_at), array_agg(r.profile)
    into v_numbers, v_ids, v_users, v_times, v_profiles
    from unnest(p_events) as r
   where r.fault is null
     and r.action = 'put_user';

  if v_numbers is null then
    return;
  end if;

  v_new := jophiel._note_inbox(v_users, v_ids, v_times);

  insert into jophiel.user_fields as p (user_id, field, value, happened_at, event_id)
  select distinct on (e.user_id, f.field) e.user_id, f.field, f.value, e.happened_at, e.event_id
    from unnest(v_users, v_ids, v_times, v_profiles) as e (user_id, event_id, happened_at, profile)
   cross join lateral (
     select 'user' as field, 'true'::jsonb as value, 1 as place
      union all
     select k.key, k.value, 1
       from jsonb_each(e.profile) as k
      where k.key in ('interests', 'locale', 'time_zone')
        and k.value <> 'null'
      union all
     select 'profile.' || k.key, k.value, 1
       from jsonb_each(e.profile) as k
      where k.key not in ('interests', 'locale', 'time_zone', 'profile')
      union all
     select 'profile.' || k.key, k.value, 2
       from jsonb_each(coalesce(nullif(e.profile -> 'profile', 'null'), '{}')) as k) as f
   order by e.user_id, f.field, e.happened_at desc, e.event_id desc, f.place
      on conflict (user_id, field) do update
     set value = excluded.value,
         happened_at = excluded.happened_at,
         event_id = excluded.event_id
   where (p.happened_at, p.event_id) < (excluded.happened_at, excluded.event_id);

  perform jophiel._write_profiles(
    v_users, array(select e.event_id from unnest(v_ids) with ordinality as e (event_id, ordinal) where e.ordinal = any (v_new)));

  return query
    select e.number, e.event_id, case when e.ordinal = any (v_new) then 'applied' else 'duplicate' end
      from unnest(v_numbers, v_ids) with ordinality as e (number, event_id, ordinal);
end;
$$;

comment on function jophiel._ingest_users(jophiel.event[]) is
  'Writes what events whose locks are held say of users, and gives the outcome of each. The field "user" says that there is one.';
