-- The part of _lock_events() that concerns items: what may not be there, what is written, what is acted on.
create or replace function jophiel._lock_event_items(p_written bigint[], p_acted_on bigint[], p_creator_ids bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arrays hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_unknown constant bigint[] := array(
    select n.item_id from unnest(p_acted_on) as n (item_id) where not exists (select from jophiel.items as i where i.item_id = n.item_id offset 0));
begin
  if p_written is null then
    if v_unknown <> '{}' then
      perform jophiel._hold_items(v_unknown);
    end if;
    perform jophiel._hold_signals(p_acted_on);
    return;
  end if;

  perform jophiel._hold_items(v_unknown, p_written);
  perform jophiel._date_items(p_written);
  perform i.item_id
     from jophiel.items as i
    where i.item_id = any (p_written)
    order by i.item_id
      for no key update of i;
  perform jophiel._lock_schema_version();
  perform s.item_id
     from jophiel.item_signals as s
    where s.item_id = any (p_written || p_acted_on)
    order by s.item_id
      for update of s;
  perform jophiel._note_creators(p_creator_ids || array(select i.creator_id from jophiel.items as i where i.item_id = any (p_written)));
end;
$$;

comment on function jophiel._lock_event_items(bigint[], bigint[], bigint[]) is
  'Locks items that events write (null: none) or act on, their signals, and the creators of those that are written, p_creator_ids among them.';
