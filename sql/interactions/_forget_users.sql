-- Forgets users everywhere (E6). The tables are found by their comment, so a table that is added later is not forgotten.
create or replace function jophiel._forget_users(p_user_ids bigint[])
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_table   text;
  v_deleted bigint;
  v_total   bigint;
begin
  select jophiel._forget_collections(coalesce(array_agg(c.user_id), '{}'), coalesce(array_agg(c.collection_id), '{}'))
    into v_total
    from jophiel.collections as c
   where c.user_id = any (p_user_ids);

  delete from jophiel.keys as k
   where k.kind = 'user'
     and k.id = any (p_user_ids);

  for v_table in
    select c.oid::regclass::text
      from pg_class as c
     where c.relnamespace = 'jophiel'::regnamespace
       and c.relkind in ('r', 'p')
       and not c.relispartition
       and obj_description(c.oid, 'pg_class') like 'jophiel:user%'
       -- What says until when a user is forgotten: there is one only where an event deleted the user.
       and c.relname <> 'user_tombstones'
     order by c.relname
  loop
    execute format('delete from %s as t where t.user_id = any ($1)', v_table) using p_user_ids;
    get diagnostics v_deleted = row_count;
    v_total := v_total + case when v_table in ('jophiel.users', 'jophiel.tastes') then 0 else v_deleted end;
  end loop;

  return v_total;
end;
$$;

comment on function jophiel._forget_users(bigint[]) is
  'Deletes everything that users own, their registered keys, and cached answers about their collections; returns how many rows that were besides users and tastes, which the '
  'caller has locked. Tombstones stay.';
