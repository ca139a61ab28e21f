-- An event adds the item's signal to a taste, and whoever changes the signal marks the tastes that have the old one. Neither sees what
-- the other has not committed: so one of them waits. The weakest lock will do, which holds off neither imports nor schema switches.
create or replace function jophiel._hold_signals(p_item_ids bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the array holds: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
begin
  perform s.item_id
     from jophiel.item_signals as s
    where s.item_id = any (p_item_ids)
    order by s.item_id
      for key share of s;
end;
$$;

comment on function jophiel._hold_signals(bigint[]) is
  'Keeps the signals of items as they are until the end of the transaction (only a new schema version replaces them, and marks every taste itself). '
  'Take it before locks on users and tastes.';
