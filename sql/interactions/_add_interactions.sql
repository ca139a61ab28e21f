-- The fast lane of the log, which nearly every event takes: what is new and only adds to a taste is written, and moves the taste by a
-- vector addition whatever the length of the log, in one statement for all users.
create or replace function jophiel._add_interactions(
  p_user_ids    bigint[],
  p_item_ids    bigint[],
  p_types       text[],
  p_weights     real[],
  p_happened_at timestamptz[],
  p_event_ids   uuid[],
  p_details     jsonb[],
  p_repeating   bigint[],
  out added     integer[],
  out others    integer[]
)
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arrays hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_now     constant timestamptz := jophiel._now();
  v_events  constant integer := jophiel._setting('reaction_events');
  v_minutes constant double precision := jophiel._setting('reaction_window');
begin
  with input as materialized (
    select r.user_id, r.item_id, r.type, r.weight, r.happened_at, r.event_id, r.details, r.ordinal,
           y.is_high_value, coalesce(r.weight, y.weight)::double precision as value, s.signal, h.half_life,
           max(r.happened_at) over (partition by r.user_id) as newest,
           -- One event that needs more than an addition takes all of its user's events to the slow lane. By more than one half, repeated
           -- ageing of a taste never underflows: the smallest float4 rounds to itself.
           bool_and(
             y.cancels is null
             and t.stale_since is null
             and (t.event_count = 0 or r.happened_at < t.as_of + h.half_life * interval '1 second')
             and r.user_id <> all (p_repeating)
             and not exists (select from jophiel.interactions as i where i.user_id = r.user_id and i.event_id = r.event_id)
             and not (y.is_state and exists (
                        select
                          from jophiel.interactions as i
                          join jophiel.interaction_types as k on k.interaction_type = i.interaction_type
                         where i.user_id = r.user_id
                           and i.item_id = r.item_id
                           and r.type in (k.interaction_type, k.cancels)
                           and i.details ->> 'collection_id' is not distinct from r.details ->> 'collection_id'))
           ) over (partition by r.user_id) as is_plain
      from unnest(p_user_ids, p_item_ids, p_types, p_weights, p_happened_at, p_event_ids, p_details)
           with ordinality as r (user_id, item_id, type, weight, happened_at, event_id, details, ordinal)
      join jophiel.interaction_types as y on y.interaction_type = r.type
      join jophiel.tastes as t on t.user_id = r.user_id
      left join jophiel.item_signals as s on s.item_id = r.item_id
     cross join (select c.value::double precision * 86400 as half_life
                   from jophiel.settings as c
                  where c.name = 'taste_half_life_days') as h
  ), written as (
    insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, weight, happened_at, received_at, details)
    select n.user_id, n.event_id, n.item_id, n.type, n.weight, n.happened_at, v_now, n.details
      from input as n
     where n.is_plain
  ), total as materialized (
    select c.user_id, max(c.as_of) as as_of, max(c.factor) as factor, count(*) as event_count,
           bool_or(c.signal is null) as has_unknown, bool_or(c.is_high_value) as is_high_value,
           jophiel._recent_events(
             max(c.recent_events), array_agg(c.happened_at) filter (where not c.is_high_value), v_events, v_minutes) as recent_events,
           coalesce(sum(abs(c.value)) filter (where c.signal is not null), 0) as mass,
           public.sum(array_fill(c.value::real, array[public.vector_dims(c.signal)])::public.vector
                      operator(public.*) c.signal::public.vector)
             filter (where c.signal is not null and c.value <> 0) as taste
      from (select n.user_id, n.happened_at, n.is_high_value, n.signal, a.as_of, t.recent_events,
                   jophiel._decayed_weight(n.value, n.happened_at, a.as_of, n.half_life) as value,
                   case when t.event_count > 0 then jophiel._decayed_weight(1, t.as_of, a.as_of, n.half_life) else 1 end as factor
              from input as n
              join jophiel.tastes as t on t.user_id = n.user_id
             cross join lateral (select greatest(n.newest, case when t.event_count > 0 then t.as_of end) as as_of) as a
             where n.is_plain) as c
     group by c.user_id
  ), moved as (
    update jophiel.tastes as t
       set taste = case
                     when o.factor = 1 then t.taste
                     else t.taste operator(public.*)
                          array_fill(o.factor::real, array[public.vector_dims(t.taste)])::public.vector
                   end operator(public.+) coalesce(o.taste, jophiel._zero_taste()),
           as_of = o.as_of,
           mass = t.mass * o.factor + o.mass,
           event_count = t.event_count + o.event_count,
           version = t.version + 1,
           stale_since = case when o.has_unknown then v_now end,
           reaction_version = case when o.is_high_value or o.recent_events = '{}' then t.version + 1 else t.reaction_version end,
           recent_events = coalesce(o.recent_events, t.recent_events)
      from total as o
     where t.user_id = o.user_id
  )
  select array_agg(n.ordinal::integer) filter (where n.is_plain), array_agg(n.ordinal::integer) filter (where not n.is_plain)
    into added, others
    from input as n;
end;
$$;

comment on function jophiel._add_interactions(bigint[], bigint[], text[], real[], timestamptz[], uuid[], jsonb[], bigint[]) is
  'Writes the events (parallel arrays, already checked; the tastes are locked) of users to whom nothing else happens than new events that add to a taste: no event '
  'known before, no state that was set before, no cancelling, no taste that is stale or that they age by a half-life or more, and none of p_repeating. Moves their tastes; '
  'added: the ordinals of these events, others: those that are left to do (null: none). Where an item has no signal yet the taste becomes stale, in case the item is '
  'being written at this moment.';
