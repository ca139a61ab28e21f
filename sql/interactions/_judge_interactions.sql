-- Which events only add to a taste, and what they add. Plain SQL without SET: it is inlined. OFFSET 0 keeps the looks into the log looks by key: without it
-- they may be planned, while the log is short, as one hash of all of it, which each batch then makes of a log that has grown.
create or replace function jophiel._judge_interactions(
  p_user_ids    bigint[],
  p_item_ids    bigint[],
  p_types       text[],
  p_weights     real[],
  p_happened_at timestamptz[],
  p_event_ids   uuid[],
  p_details     jsonb[],
  p_repeating   bigint[]
)
  returns table (
    user_id       bigint,
    item_id       bigint,
    type          text,
    weight        real,
    happened_at   timestamptz,
    event_id      uuid,
    details       jsonb,
    ordinal       bigint,
    is_high_value boolean,
    value         double precision,
    signal        public.halfvec,
    half_life     double precision,
    taste_as_of   timestamptz,
    as_of         timestamptz,
    recent_events timestamptz[],
    is_plain      boolean
  )
  language sql
  stable parallel safe
  rows 100
as $$
  select r.user_id, r.item_id, r.type, r.weight, r.happened_at, r.event_id, r.details, r.ordinal, y.is_high_value,
         coalesce(r.weight, y.weight)::double precision, s.signal, h.half_life,
         case when t.event_count > 0 then t.as_of end,
         greatest(max(r.happened_at) over same_user, case when t.event_count > 0 then t.as_of end), t.recent_events,
         -- One event that needs more than an addition takes all of its user's events to the slow lane. By more than one half, repeated
         -- ageing of a taste never underflows: the smallest float4 rounds to itself.
         bool_and(
           y.cancels is null
           and t.stale_since is null
           and (t.event_count = 0 or r.happened_at < t.as_of + h.half_life * interval '1 second')
           and r.user_id <> all (p_repeating)
           and not exists (select from jophiel.interactions as i where i.user_id = r.user_id and i.event_id = r.event_id offset 0)
           and not (y.is_state and exists (
                      select
                        from jophiel.interactions as i
                        join jophiel.interaction_types as k on k.interaction_type = i.interaction_type
                       where i.user_id = r.user_id
                         and i.item_id = r.item_id
                         and r.type in (k.interaction_type, k.cancels)
                         and i.details ->> 'collection_id' is not distinct from r.details ->> 'collection_id' offset 0))
         ) over same_user
    from unnest(p_user_ids, p_item_ids, p_types, p_weights, p_happened_at, p_event_ids, p_details)
         with ordinality as r (user_id, item_id, type, weight, happened_at, event_id, details, ordinal)
    join jophiel.interaction_types as y on y.interaction_type = r.type
    join jophiel.tastes as t on t.user_id = r.user_id
    left join jophiel.item_signals as s on s.item_id = r.item_id
   cross join (select c.taste_half_life_days * 86400 as half_life
                 from jophiel.event_settings as c
                where c.id = 1) as h
  window same_user as (partition by r.user_id)
$$;

comment on function jophiel._judge_interactions(bigint[], bigint[], text[], real[], timestamptz[], uuid[], jsonb[], bigint[]) is
  'Events (parallel arrays) with their weights and signals, and the time that the taste of their user (null: an empty one) is of and comes to. is_plain: nothing else happens '
  'to the user than new events that add to a taste: none known before, no state that was set before, no cancelling, no taste that is stale or that they age by a half-life or '
  'more, and none of p_repeating.';
