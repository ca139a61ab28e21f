-- Whoever writes or deletes items says here whose centroids that concerns, the creators of before included.
create or replace function jophiel._note_creators(p_creator_ids bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := jophiel._now();
begin
  insert into jophiel.creator_changes (creator_id, changed_at)
  select distinct n.creator_id, v_now
    from unnest(p_creator_ids) as n (creator_id)
   where n.creator_id is not null
   order by n.creator_id
      -- A row that is there is locked too: refresh_creators() takes it away only after this transaction, whose items it then sees, and whoever
      -- notes the same creators again later in the transaction has nothing to wait for.
      on conflict (creator_id) do update
     set changed_at = excluded.changed_at
   where false;
end;
$$;

comment on function jophiel._note_creators(bigint[]) is
  'Has the batch compute the centroids of creators anew; nulls are passed over. Call it once a transaction, or with no more than the first call had: it '
  'waits for others who note the same creators, in the order of their ids.';
