-- Items are registers: the latest event by (happened_at, event_id) that tells of one says what it is, and whether it is there. What a deleted one was
-- is kept too: tastes rest on it.
create or replace function jophiel._ingest_items(p_events jophiel.event[])
  returns table (number integer, event_id uuid, outcome text)
  language plpgsql
  volatile
  rows 100
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_numbers integer[];
  v_ids     uuid[];
  v_items   bigint[];
  v_times   timestamptz[];
  v_gone    boolean[];
  v_objects jsonb[];
  v_new     integer[];
begin
  select array_agg(r.number), array_agg(r.event_id), array_agg(r.item_id), array_agg(r.happened_at), array_agg(r.action = 'delete_item'),
         array_agg(r.item)
    into v_numbers, v_ids, v_items, v_times, v_gone, v_objects
    from unnest(p_events) as r
   where r.fault is null
     and r.action in ('put_item', 'delete_item');

  if v_numbers is null then
    return;
  end if;

  with input as (
    select distinct on (e.item_id, e.event_id) e.item_id, e.event_id, e.happened_at, e.is_deletion, e.ordinal::integer as ordinal
      from unnest(v_items, v_ids, v_times, v_gone) with ordinality as e (item_id, event_id, happened_at, is_deletion, ordinal)
     order by e.item_id, e.event_id, e.ordinal
  ), noted as (
    insert into jophiel.item_events as e (item_id, event_id, happened_at, is_deletion, received_at)
    select n.item_id, n.event_id, n.happened_at, n.is_deletion, jophiel._now()
      from input as n
        on conflict on constraint item_events_pkey do nothing
    returning e.item_id, e.event_id
  )
  select coalesce(array_agg(n.ordinal), '{}')
    into v_new
    from input as n
    join noted as e on e.item_id = n.item_id and e.event_id = n.event_id;

  perform jophiel._settle_items(
    array_agg(v_items[o.ordinal]), array_agg(v_ids[o.ordinal]), array_agg(v_times[o.ordinal]), array_agg(v_objects[o.ordinal]))
     from unnest(v_new) as o (ordinal)
   having count(*) > 0;

  return query
    select e.number, e.event_id,
           case when e.ordinal <> all (v_new) then 'duplicate'
                when exists (select from jophiel.items as i where i.item_id = e.item_id offset 0) then 'applied'
                else 'pending' end
      from unnest(v_numbers, v_ids, v_items) with ordinality as e (number, event_id, item_id, ordinal);
end;
$$;

comment on function jophiel._ingest_items(jophiel.event[]) is
  'Writes what events whose locks are held say of items, and gives the outcome of each.';
