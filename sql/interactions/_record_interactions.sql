-- The one way into the log: parallel arrays, already checked, any number of users at once.
create or replace function jophiel._record_interactions(
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
  v_now        timestamptz := jophiel._now();
  v_users      bigint[];
  v_ordinals   integer[];
  v_low        bigint[];
  v_high       bigint[];
  v_add_users  bigint[];
  v_add_events uuid[];
begin
  perform jophiel._hold_signals(p_item_ids);
  v_users := jophiel._ensure_users((select array_agg(distinct u.user_id) from unnest(p_user_ids) as u (user_id)));

  with input as (
    select distinct on (r.user_id, r.event_id)
           r.user_id, r.item_id, r.type, r.weight, r.happened_at, r.event_id, r.details, r.ordinal,
           y.cancels is null as is_setting, y.is_high_value,
           case when y.is_state then coalesce(y.cancels, y.interaction_type) end as state
      from unnest(p_user_ids, p_item_ids, p_types, p_weights, p_happened_at, p_event_ids, p_details)
           with ordinality as r (user_id, item_id, type, weight, happened_at, event_id, details, ordinal)
      join unnest(v_users) as u (user_id) on u.user_id = r.user_id
      join jophiel.interaction_types as y on y.interaction_type = r.type
     where not exists (select from jophiel.interactions as i where i.user_id = r.user_id and i.event_id = r.event_id)
     order by r.user_id, r.event_id, r.ordinal
  ), register as (
    select n.user_id, n.event_id, true as is_new, n.is_setting as is_active,
           n.item_id, n.state, n.happened_at
      from input as n
     where n.state is not null
     union all
    select i.user_id, i.event_id, false, i.is_active, i.item_id, k.state, i.happened_at
      from (select distinct n.user_id, n.item_id, n.state from input as n where n.state is not null) as k
      join jophiel.interactions as i on i.user_id = k.user_id and i.item_id = k.item_id
      join jophiel.interaction_types as y
        on y.interaction_type = i.interaction_type and y.is_state and coalesce(y.cancels, y.interaction_type) = k.state
  ), settled as (
    select g.user_id, g.event_id, g.is_new, g.is_active,
           row_number() over (partition by g.user_id, g.item_id, g.state
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
         (select array_agg(f.user_id) from effect as f where not f.is_high_value),
         (select array_agg(f.user_id) from effect as f where f.is_high_value),
         x.user_ids, x.event_ids
    into v_ordinals, v_low, v_high, v_add_users, v_add_events
    from (select array_agg(a.user_id) as user_ids, array_agg(a.event_id) as event_ids
            from added as a
            join effect as f on f.user_id = a.user_id and f.is_high_value and not f.is_demoted
           where a.is_active) as x;

  perform jophiel._move_tastes(v_high, v_low, v_add_users, v_add_events);

  return coalesce(v_ordinals, '{}');
end;
$$;

comment on function jophiel._record_interactions(bigint[], bigint[], text[], real[], timestamptz[], uuid[], jsonb[]) is
  'Writes events to the log, settles the registers of states, and moves the tastes of users with a high-value event; those of others become '
  'stale. Returns the ordinals (from 1) of the rows that were new; the others were there '
  'before, or their user is being deleted.';
