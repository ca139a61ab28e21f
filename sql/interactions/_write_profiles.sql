-- From the registers of fields to the profile that everything else reads.
create or replace function jophiel._write_profiles(p_user_ids bigint[], p_event_ids uuid[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform u.user_id
     from (select jsonb_agg(
                    jsonb_build_object(
                      'user_id', f.user_id,
                      'profile', coalesce(f.fields, '{}'))
                    || coalesce(f.columns, '{}')) as rows
             from (select p.user_id,
                          jsonb_object_agg(substr(p.field, 9), p.value) filter (where p.field like 'profile.%') as fields,
                          jsonb_object_agg(p.field, p.value) filter (where p.field in ('interests', 'locale', 'time_zone')) as columns
                     from jophiel.user_fields as p
                    where p.user_id = any (p_user_ids)
                      and (p_event_ids is null or p.event_id = any (p_event_ids))
                    group by p.user_id) as f
           having count(*) > 0) as r
    cross join lateral jophiel.upsert_users(r.rows) as u;
end;
$$;

comment on function jophiel._write_profiles(bigint[], uuid[]) is
  'Writes the fields that events brought (null: all that are registered) into the profiles of users.';
