-- What was not brought by events has no date among them: a direct write counts as the beginning that the item has.
create or replace function jophiel._date_items(p_item_ids bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform i.item_id
     from jophiel.items as i
    where i.item_id = any (p_item_ids)
    order by i.item_id
      for no key update of i;

  update jophiel.item_events as e
     set happened_at = greatest(i.created_at, l.deleted_at + interval '1 microsecond')
    from jophiel.items as i
   cross join lateral (select s.deleted_at, s.created_at from jophiel._item_life(i.item_id) as s) as l
   where e.item_id = i.item_id
     and e.event_id = '00000000-0000-0000-0000-000000000000'
     and i.item_id = any (p_item_ids)
     and i.deleted_at is null
     and l.created_at is distinct from i.created_at;
end;
$$;

comment on function jophiel._date_items(bigint[]) is
  'Locks items, in the order of their ids, and dates in item_events (whose locks are held) those that were written directly.';
