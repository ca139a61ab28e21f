-- Follows and unfollows of a call: registers, in one statement.
create or replace function jophiel._ingest_follows(p_events jophiel.event[])
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
  v_creators bigint[];
  v_actions  boolean[];
  v_times    timestamptz[];
  v_new      integer[];
begin
  select array_agg(r.number), array_agg(r.event_id), array_agg(r.user_id), array_agg(r.creator_id), array_agg(r.action = 'follow'),
         array_agg(r.happened_at)
    into v_numbers, v_ids, v_users, v_creators, v_actions, v_times
    from unnest(p_events) as r
   where r.fault is null
     and r.action in ('follow', 'unfollow');

  if v_numbers is not null then
    v_new := jophiel._note_inbox(v_users, v_ids, v_times);
    perform jophiel._record_follows(v_users, v_creators, v_actions, v_times, v_ids);

    return query
      select e.number, e.event_id, case when e.ordinal = any (v_new) then 'applied' else 'duplicate' end
        from unnest(v_numbers, v_ids) with ordinality as e (number, event_id, ordinal);
  end if;
end;
$$;

comment on function jophiel._ingest_follows(jophiel.event[]) is
  'Writes the follows and unfollows among events whose locks are held, and gives the outcome of each.';
