-- An event about an item that is not there, and the event that brings the item, must see each other: one of them waits.
create or replace function jophiel._hold_items(p_item_ids bigint[], p_for_change bigint[] default '{}')
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_items constant bigint[] := array(
    select distinct n.item_id from unnest(p_item_ids || p_for_change) as n (item_id) where n.item_id is not null order by 1);
  v_held  bigint[];
begin
  -- The lock of an item that may not be there yet. Once more where the batch forgot one (_forget_item_events) that we saw and waited for.
  loop
    insert into jophiel.item_events (item_id, event_id, happened_at, is_deletion, received_at)
    select n.item_id, '00000000-0000-0000-0000-000000000000'::uuid, '-infinity'::timestamptz, false, jophiel._now()
      from unnest(v_items) as n (item_id)
     where not exists (select from jophiel.item_events as e
                        where e.item_id = n.item_id and e.event_id = '00000000-0000-0000-0000-000000000000')
     order by n.item_id
        on conflict (item_id, event_id) do nothing;

    if p_for_change = '{}' then
      v_held := array(
        select e.item_id
          from jophiel.item_events as e
         where e.item_id = any (v_items)
           and e.event_id = '00000000-0000-0000-0000-000000000000'
         order by e.item_id
           for key share of e);
    else
      v_held := array(
        select e.item_id
          from jophiel.item_events as e
         where e.item_id = any (v_items)
           and e.event_id = '00000000-0000-0000-0000-000000000000'
         order by e.item_id
           for update of e);
    end if;
    exit when cardinality(v_held) = cardinality(v_items);
  end loop;
end;
$$;

comment on function jophiel._hold_items(bigint[], bigint[]) is
  'Keeps events from bringing or changing items until the end of the transaction; with p_for_change, which is to change, keeps others from acting on any that are unknown, too. '
  'The first lock of all.';
