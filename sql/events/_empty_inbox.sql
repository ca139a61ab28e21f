-- Event ids are worth keeping for as long as an event may come again.
create or replace function jophiel._empty_inbox(p_limit integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_deleted bigint;
begin
  delete from jophiel.inbox as b
   using (select o.user_id, o.event_id
            from jophiel.inbox as o
           where o.received_at < jophiel._now() - make_interval(secs => 86400 * jophiel._setting('inbox_retention_days'))
           order by o.received_at
           limit p_limit
             for update skip locked) as o
   where b.user_id = o.user_id
     and b.event_id = o.event_id;
  get diagnostics v_deleted = row_count;
  return v_deleted;
end;
$$;

comment on function jophiel._empty_inbox(integer) is
  'Forgets up to p_limit event ids that are older than the setting inbox_retention_days, and returns how many.';
