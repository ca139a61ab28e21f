-- Text keys are registered before any lock is taken, users before collections before items as everywhere, so that calls that bring the same new ones
-- wait for each other in one order.
create or replace function jophiel._register_event_keys(p_events jophiel.event[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_users       text[];
  v_items       text[];
  v_collections text[];
begin
  -- Most publishers send numbers.
  if not exists (
    select from unnest(p_events) as e where num_nonnulls(e.user_key, e.item_key, e.creator_key, e.collection_key) > 0)
  then
    return;
  end if;

  with sound as materialized (
    select r.action, r.user_id, r.happened_at, r.user_key, r.item_key, r.creator_key, r.collection_key
      from unnest(p_events) as r
     where r.fault is null
       and r.is_late is not true
  ), event as (
    -- Of whom a deletion in this very call forgets, nothing is to stay.
    select s.user_key, s.item_key, s.creator_key, s.collection_key
      from sound as s
     where not exists (select from sound as d
                        where d.action = 'delete_user' and d.user_id = s.user_id and d.happened_at >= s.happened_at)
  )
  select array(select e.user_key from event as e where e.user_key is not null
                union
               select e.creator_key from event as e where e.creator_key is not null),
         array(select distinct e.item_key from event as e where e.item_key is not null),
         array(select distinct e.collection_key from event as e where e.collection_key is not null)
    into v_users, v_items, v_collections;

  perform jophiel._register_keys('user', v_users);
  perform jophiel._register_keys('collection', v_collections);
  perform jophiel._register_keys('item', v_items);
end;
$$;

comment on function jophiel._register_event_keys(jophiel.event[]) is
  'Registers the text keys in events that have no fault and are not late. Raises JO013 where two keys share a hash.';
