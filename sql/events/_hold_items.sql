-- An event about an item that is not there, and the event that brings the item, must see each other: one of them waits.
create or replace function jophiel._hold_items(p_item_ids bigint[], p_for_change bigint[] default '{}')
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- The lock of an item that may not be there yet.
  insert into jophiel.item_events (item_id, event_id, happened_at, is_deletion)
  select distinct n.item_id, '00000000-0000-0000-0000-000000000000'::uuid, '-infinity'::timestamptz, false
    from unnest(p_item_ids || p_for_change) as n (item_id)
   where not exists (select from jophiel.item_events as e
                      where e.item_id = n.item_id and e.event_id = '00000000-0000-0000-0000-000000000000')
   order by n.item_id
      on conflict (item_id, event_id) do nothing;

  if p_for_change = '{}' then
    perform e.item_id
       from jophiel.item_events as e
      where e.item_id = any (p_item_ids)
        and e.event_id = '00000000-0000-0000-0000-000000000000'
      order by e.item_id
        for key share of e;
  else
    perform e.item_id
       from jophiel.item_events as e
      where e.item_id = any (p_item_ids || p_for_change)
        and e.event_id = '00000000-0000-0000-0000-000000000000'
      order by e.item_id
        for update of e;
  end if;
end;
$$;

comment on function jophiel._hold_items(bigint[], bigint[]) is
  'Keeps events from bringing or changing items until the end of the transaction; with p_for_change, which is to change, keeps others from acting on any that are unknown, too. '
  'The first lock of all.';
