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
  v_now      constant timestamptz := jophiel._now();
  v_settings constant jophiel.event_settings := jophiel._event_settings();
begin
  with input as materialized (
    select j.user_id, j.item_id, j.type, j.weight, j.happened_at, j.event_id, j.details, j.ordinal, j.is_high_value, j.value, j.signal,
           j.half_life, j.taste_as_of, j.as_of, j.recent_events, j.is_plain
      from jophiel._judge_interactions(
             p_user_ids, p_item_ids, p_types, p_weights, p_happened_at, p_event_ids, p_details, p_repeating) as j
  ), written as (
    insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, weight, happened_at, received_at, details)
    select n.user_id, n.event_id, n.item_id, n.type, n.weight, n.happened_at, v_now, n.details
      from input as n
     where n.is_plain
  ), total as materialized (
    select c.user_id, max(c.as_of) as as_of, max(c.factor) as factor, count(*) as event_count,
           bool_or(c.signal is null) as has_unknown, bool_or(c.is_high_value) as is_high_value,
           jophiel._recent_events(
             max(c.recent_events), array_agg(c.happened_at) filter (where not c.is_high_value),
             v_settings.reaction_events, v_settings.reaction_window) as recent_events,
           coalesce(sum(abs(c.value)) filter (where c.signal is not null), 0) as mass,
           public.sum(array_fill(c.value::real, array[public.vector_dims(c.signal)])::public.vector
                      operator(public.*) c.signal::public.vector)
             filter (where c.signal is not null and c.value <> 0) as taste
      from (select n.user_id, n.happened_at, n.is_high_value, n.signal, n.as_of, n.recent_events,
                   jophiel._decayed_weight(n.value, n.happened_at, n.as_of, n.half_life) as value,
                   coalesce(jophiel._decayed_weight(1, n.taste_as_of, n.as_of, n.half_life), 1) as factor
              from input as n
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
  'Writes the events (parallel arrays, already checked; the tastes are locked) of users to whom nothing else happens than additions (is_plain in _judge_interactions) and moves '
  'their tastes; added: the ordinals of these events, others: those that are left to do (null: none). Where an item has no signal yet the taste becomes stale, in case the '
  'item is being written at this moment.';
