-- Of an item's events only those matter that _item_life() asks for; an item that is changed every day would keep a row of every day for ever.
-- A row that was looked at and stays loses its received_at, so that each is looked at once, however large the catalogue is.
create or replace function jophiel._forget_item_events(p_limit integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_lock      constant uuid := '00000000-0000-0000-0000-000000000000';
  v_until     constant timestamptz := jophiel._now() - make_interval(secs => 86400 * jophiel._setting('inbox_retention_days'));
  v_items     bigint[];
  v_forgotten bigint;
  v_locks     bigint;
  v_kept      bigint;
begin
  -- The first lock of all, and the only one. An item whose events are being written is for another time.
  v_items := array(
    select k.item_id
      from jophiel.item_events as k
     where k.event_id = v_lock
       and k.item_id = any (array(
             select e.item_id from jophiel.item_events as e where e.received_at < v_until order by e.received_at limit p_limit))
     order by k.item_id
       for update skip locked);

  -- Without the row of zeros, which a direct write may date anew: the first and the last of the others stay.
  with word as (
    select e.item_id, e.event_id, e.happened_at, e.is_deletion, e.received_at,
           row_number() over (partition by e.item_id, e.is_deletion order by e.happened_at desc, e.event_id desc) = 1 as is_last,
           count(*) filter (where e.is_deletion) over (partition by e.item_id order by e.happened_at desc, e.event_id desc) as later_deletions
      from jophiel.item_events as e
     where e.item_id = any (v_items)
       and e.event_id <> v_lock
  ), life as (
    select w.item_id, w.event_id, w.received_at,
           w.is_last
           or (not w.is_deletion
               and w.later_deletions = 0
               and row_number() over (partition by w.item_id, w.is_deletion, w.later_deletions order by w.happened_at, w.event_id) = 1) as is_needed
      from word as w
  )
  delete from jophiel.item_events as e
   using life as l
   where e.item_id = l.item_id
     and e.event_id = l.event_id
     and not l.is_needed
     and coalesce(l.received_at < v_until, true);
  get diagnostics v_forgotten = row_count;

  -- The lock of an item of which nothing is known holds nothing; whoever needs it makes it anew.
  delete from jophiel.item_events as e
   where e.item_id = any (v_items)
     and e.event_id = v_lock
     and e.received_at < v_until
     and e.happened_at = '-infinity'
     and not exists (select from jophiel.items as i where i.item_id = e.item_id)
     and not exists (select from jophiel.item_events as o where o.item_id = e.item_id and o.event_id <> v_lock);
  get diagnostics v_locks = row_count;

  update jophiel.item_events as e
     set received_at = null
   where e.item_id = any (v_items)
     and e.received_at < v_until;
  get diagnostics v_kept = row_count;

  return v_forgotten + v_locks + v_kept;
end;
$$;

comment on function jophiel._forget_item_events(integer) is
  'Of items with events older than the setting inbox_retention_days (up to p_limit of these), forgets those that are neither the first since the last deletion nor the last '
  'word, and the lock of an item that was never heard of; returns how many it forgot or found to be needed.';
