-- Forgets a user everywhere (E6). The tables are found by their comment, so a table that is added later is not forgotten.
create or replace function jophiel.delete_user(p_user_id bigint)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now     constant timestamptz := jophiel._now();
  v_table   text;
  v_deleted bigint;
  v_is_made boolean;
  v_found   boolean := false;
begin
  if p_user_id is null then
    raise exception 'the user to delete is null'
      using errcode = 'JO001',
            hint = 'Call jophiel.delete_user(user_id).';
  end if;

  -- Who is not there is made first: without a row to lock, somebody who arrives at this moment would be half forgotten, and
  -- the locks below taken in another order than a writer's.
  loop
    insert into jophiel.users (user_id, created_at, updated_at)
    values (p_user_id, v_now, v_now)
        on conflict (user_id) do nothing;
    v_is_made := found;

    perform u.user_id
       from jophiel.users as u
      where u.user_id = p_user_id
        for update of u;
    exit when found;
  end loop;

  perform jophiel._lock_tastes(array[p_user_id]);

  delete from jophiel.recommendation_cache as r
   using jophiel.collections as c
   where c.user_id = p_user_id
     and r.kind = 'ideas'
     and r.subject_id = c.collection_id;

  -- The keys of this user's collections, where nobody else has a collection of that key.
  delete from jophiel.keys as k
   using jophiel.collections as c
   where c.user_id = p_user_id
     and k.kind = 'collection'
     and k.id = c.collection_id
     and not exists (select from jophiel.collections as o
                      where o.collection_id = c.collection_id
                        and o.user_id <> p_user_id);

  delete from jophiel.keys as k
   where k.kind = 'user'
     and k.id = p_user_id;

  for v_table in
    select c.oid::regclass::text
      from pg_class as c
     where c.relnamespace = 'jophiel'::regnamespace
       and c.relkind in ('r', 'p')
       and not c.relispartition
       and obj_description(c.oid, 'pg_class') like 'jophiel:user%'
       and c.relname <> 'user_tombstones'
     order by c.relname
  loop
    execute format('delete from %s as t where t.user_id = $1', v_table) using p_user_id;
    get diagnostics v_deleted = row_count;
    v_found := v_found or (v_deleted > 0 and not (v_is_made and v_table in ('jophiel.users', 'jophiel.tastes')));
  end loop;

  return v_found;
end;
$$;

comment on function jophiel.delete_user(bigint) is
  'Deletes everything the user owns (every table whose comment begins jophiel:user), the registered key, and cached answers about the '
  'user''s collections; returns whether there was anything. The catalogue is the application''s: items the user created stay until delete_item() takes '
  'them away, and so do follows of others towards the user. Raises JO001.';

create or replace function jophiel.delete_user(p_user_key text)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jophiel.delete_user(jophiel.key_id(p_user_key));
end;
$$;

comment on function jophiel.delete_user(text) is
  'The same with a text key.';
