-- The slow lane of the log: duplicates, states that were set before or are taken back, tastes that have to be rebuilt.
create or replace function jophiel._merge_interactions(
  p_user_ids    bigint[],
  p_item_ids    bigint[],
  p_types       text[],
  p_weights     real[],
  p_happened_at timestamptz[],
  p_event_ids   uuid[],
  p_details     jsonb[]
)
  returns integer[]
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arrays hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_now       timestamptz := jophiel._now();
  v_ordinals  integer[];
  v_high      bigint[];
  v_low       bigint[];
  v_unknown   bigint[];
  v_low_users bigint[];
  v_low_at    timestamptz[];
begin
  with input as (
    select distinct on (r.user_id, r.event_id)
           r.user_id, r.item_id, r.type, r.weight, r.happened_at, r.event_id, r.details, r.ordinal,
           y.cancels is null as is_setting, y.is_high_value,
           case when y.is_state then coalesce(y.cancels, y.interaction_type) end as state,
           -- An item is in each collection or not: a removal from one takes back what was said of that one.
           r.details ->> 'collection_id' as collection
      from unnest(p_user_ids, p_item_ids, p_types, p_weights, p_happened_at, p_event_ids, p_details)
           with ordinality as r (user_id, item_id, type, weight, happened_at, event_id, details, ordinal)
      join jophiel.interaction_types as y on y.interaction_type = r.type
     where not exists (select from jophiel.interactions as i where i.user_id = r.user_id and i.event_id = r.event_id offset 0)
     order by r.user_id, r.event_id, r.ordinal
  ), register as (
    select n.user_id, n.event_id, true as is_new, n.is_setting as is_active,
           n.item_id, n.state, n.collection, n.happened_at
      from input as n
     where n.state is not null
     union all
    select i.user_id, i.event_id, false, i.is_active, i.item_id, k.state, k.collection, i.happened_at
      from (select distinct n.user_id, n.item_id, n.state, n.collection from input as n where n.state is not null) as k
      join jophiel.interactions as i on i.user_id = k.user_id and i.item_id = k.item_id
      join jophiel.interaction_types as y
        on y.interaction_type = i.interaction_type and y.is_state and coalesce(y.cancels, y.interaction_type) = k.state
     where i.details ->> 'collection_id' is not distinct from k.collection
  ), settled as (
    select g.user_id, g.event_id, g.is_new, g.is_active,
           row_number() over (partition by g.user_id, g.item_id, g.state, g.collection
                              order by g.happened_at desc, g.event_id desc) = 1 as is_latest
      from register as g
  ), demoted as (
    update jophiel.interactions as i
       set is_active = false
      from settled as s
     where i.user_id = s.user_id
       and i.event_id = s.event_id
       and not s.is_new
       and s.is_active
       and not s.is_latest
    returning i.user_id
  ), added as (
    insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, weight, is_active, happened_at,
                                      received_at, details)
    select n.user_id, n.event_id, n.item_id, n.type, n.weight,
           n.state is null or (n.is_setting and s.is_latest), n.happened_at, v_now, n.details
      from input as n
      left join settled as s on s.user_id = n.user_id and s.event_id = n.event_id and s.is_new
    returning user_id, event_id, is_active
  ), effect as (
    select n.user_id, bool_or(n.is_high_value) as is_high_value, bool_or(d.user_id is not null) as is_demoted
      from input as n
      join added as a on a.user_id = n.user_id and a.event_id = n.event_id
      left join (select distinct m.user_id from demoted as m) as d on d.user_id = n.user_id
     where a.is_active
        or d.user_id is not null
     group by n.user_id
  )
  select (select array_agg(n.ordinal::integer) from input as n),
         (select array_agg(f.user_id) from effect as f where f.is_high_value),
         (select array_agg(f.user_id) from effect as f where not f.is_high_value),
         (select array_agg(distinct n.user_id)
            from input as n
           where not exists (select from jophiel.item_signals as s where s.item_id = n.item_id offset 0)),
         o.user_ids, o.happened_at
    into v_ordinals, v_high, v_low, v_unknown, v_low_users, v_low_at
    from (select array_agg(n.user_id) as user_ids, array_agg(n.happened_at) as happened_at
            from input as n
            join added as a on a.user_id = n.user_id and a.event_id = n.event_id
           where a.is_active
             and not n.is_high_value) as o;

  perform jophiel._move_tastes(v_high, v_low, v_unknown, v_low_users, v_low_at);

  return coalesce(v_ordinals, '{}');
end;
$$;

comment on function jophiel._merge_interactions(bigint[], bigint[], text[], real[], timestamptz[], uuid[], jsonb[]) is
  'Writes events of any kind to the log (the tastes are locked), settles the registers of states, and rebuilds the tastes of users with a high-value event; those of others '
  'become stale. Returns the ordinals (from 1) of the rows that were new.';
