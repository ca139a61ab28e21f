-- What an item's events say, whatever the order they came in. Inlined into the statements that ask it for many items.
create or replace function jophiel._item_life(p_item_id bigint)
  returns table (deleted_at timestamptz, created_at timestamptz, put_by uuid, put_at timestamptz)
  language sql
  stable parallel safe
  rows 1
as $$
  select d.happened_at,
         (select min(e.happened_at)
            from jophiel.item_events as e
           where e.item_id = p_item_id
             and not e.is_deletion
             and e.happened_at > '-infinity'
             and (d.event_id is null or (e.happened_at, e.event_id) > (d.happened_at, d.event_id))),
         p.event_id, p.happened_at
    from (select 1) as one
    left join lateral (select e.happened_at, e.event_id
                         from jophiel.item_events as e
                        where e.item_id = p_item_id
                          and e.is_deletion
                        order by e.happened_at desc, e.event_id desc
                        limit 1) as d on true
    left join lateral (select e.happened_at, e.event_id
                         from jophiel.item_events as e
                        where e.item_id = p_item_id
                          and not e.is_deletion
                        order by e.happened_at desc, e.event_id desc
                        limit 1) as p on true
$$;

comment on function jophiel._item_life(bigint) is
  'One row: the item''s last deletion, the beginning of its present life (null: it has none), and which event said last what the item is, and when.';
