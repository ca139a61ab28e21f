-- An event says that users were deleted at a time: what is older goes, whatever brought it; what is newer stays, for it began anew.
create or replace function jophiel._forget_users_before(p_user_ids bigint[], p_before timestamptz[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now   constant timestamptz := jophiel._now();
  v_table record;
  v_kept  bigint[];
begin
  for v_table in
    select c.oid::regclass::text as name,
           exists (select from pg_attribute as a where a.attrelid = c.oid and a.attname = 'happened_at' and not a.attisdropped) as is_dated
      from pg_class as c
     where c.relnamespace = 'jophiel'::regnamespace
       and c.relkind in ('r', 'p')
       and not c.relispartition
       and obj_description(c.oid, 'pg_class') like 'jophiel:user%'
       and c.relname not in ('users', 'tastes', 'collections', 'user_tombstones')
     order by c.relname
  loop
    execute format('delete from %s as t using unnest($1, $2) as d (user_id, before) where t.user_id = d.user_id %s',
                   v_table.name, case when v_table.is_dated then 'and t.happened_at <= d.before' end)
      using p_user_ids, p_before;
  end loop;

  v_kept := array(
    select d.user_id
      from unnest(p_user_ids) as d (user_id)
     where exists (select from jophiel.interactions as i where i.user_id = d.user_id)
        or exists (select from jophiel.follows as f where f.user_id = d.user_id)
        or exists (select from jophiel.collection_items as c where c.user_id = d.user_id)
        or exists (select from jophiel.user_fields as p where p.user_id = d.user_id));
  perform jophiel._forget_users(array(select d.user_id from unnest(p_user_ids) as d (user_id) where d.user_id <> all (v_kept)));

  if v_kept <> '{}' then
    perform jophiel._forget_collections(array_agg(c.user_id), array_agg(c.collection_id))
       from jophiel.collections as c
      where c.user_id = any (v_kept)
        and not exists (select from jophiel.collection_items as k
                         where k.user_id = c.user_id and k.collection_id = c.collection_id and k.is_active)
        -- What was put in since is in the log, even where it was taken out again.
        and not exists (select from jophiel.interactions as i
                          join jophiel.interaction_types as y on y.interaction_type = i.interaction_type and y.cancels is null
                         where i.user_id = c.user_id and i.details -> 'collection_id' = to_jsonb(c.collection_id))
     having count(*) > 0;
    update jophiel.collections as c
       set title = ''
     where c.user_id = any (v_kept)
       and c.title <> '';

    update jophiel.users as u
       set profile = '{}', interests = '{}', locale = '', time_zone = 'UTC', created_at = v_now, updated_at = v_now
     where u.user_id = any (v_kept);
    perform jophiel._write_profiles(v_kept, null);
    perform jophiel._rebuild_tastes(v_kept);
  end if;
end;
$$;

comment on function jophiel._forget_users_before(bigint[], timestamptz[]) is
  'Deletes what users (locked, with their tastes) own that happened until a time each (parallel arrays), feeds, and what has no time: titles, and profiles but for the fields that later events '
  'brought. Users of whom nothing is left are forgotten whole.';
