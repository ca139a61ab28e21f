-- The fast lane for one event: what _add_interactions() does for many, in four plain statements. Starting that statement's forty plan nodes takes
-- three times as long as this (60 instead of 200 microseconds), which is most of what one event a transaction costs.
create or replace function jophiel._add_interaction(
  p_user_id     bigint,
  p_item_id     bigint,
  p_type        text,
  p_weight      real,
  p_happened_at timestamptz,
  p_event_id    uuid,
  p_details     jsonb
)
  returns boolean
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_signal public.vector;
  v_user   record;
  v_as_of  timestamptz := p_happened_at;
  v_weight double precision;
  v_factor double precision := 1;
  v_recent timestamptz[];
begin
  -- The locks of _hold_signals() and _lock_tastes(), in this order. Who waits for a lock gets the row as it is then.
  select s.signal::public.vector
    into v_signal
    from jophiel.item_signals as s
   where s.item_id = p_item_id
     for key share of s;
  if not found then
    return null;
  end if;
  select t.as_of, t.event_count, t.recent_events, y.weight, y.is_state, y.is_high_value, h.value::double precision * 86400 as half_life
    into v_user
    from jophiel.tastes as t
    join jophiel.interaction_types as y on y.interaction_type = p_type and y.cancels is null
    join jophiel.settings as h on h.name = 'taste_half_life_days'
   where t.user_id = p_user_id
     and t.stale_since is null
     for no key update of t;
  if not found then
    return null;
  end if;

  v_weight := coalesce(p_weight, v_user.weight);
  if v_user.event_count > 0 then
    v_as_of := greatest(p_happened_at, v_user.as_of);
    v_factor := jophiel._decayed_weight(1, v_user.as_of, v_as_of, v_user.half_life);
    v_weight := jophiel._decayed_weight(v_weight, p_happened_at, v_as_of, v_user.half_life);
  end if;
  if v_factor <= 0.5
     or (v_user.is_state and exists (
           select
             from jophiel.interactions as i
             join jophiel.interaction_types as k on k.interaction_type = i.interaction_type
            where i.user_id = p_user_id
              and i.item_id = p_item_id
              and p_type in (k.interaction_type, k.cancels)
              and i.details ->> 'collection_id' is not distinct from p_details ->> 'collection_id'))
  then
    return null;
  end if;

  insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, weight, happened_at, received_at, details)
  values (p_user_id, p_event_id, p_item_id, p_type, p_weight, p_happened_at, jophiel._now(), p_details)
      on conflict (user_id, event_id) do nothing;
  if not found then
    return false;
  end if;

  v_recent := case when not v_user.is_high_value then jophiel._recent_events(v_user.recent_events, array[p_happened_at]) end;
  update jophiel.tastes as t
     set taste = case
                   when v_factor = 1 then t.taste
                   else t.taste operator(public.*) array_fill(v_factor::real, array[public.vector_dims(t.taste)])::public.vector
                 end
                 operator(public.+) (v_signal operator(public.*) array_fill(v_weight::real, array[public.vector_dims(v_signal)])::public.vector),
         as_of = v_as_of,
         mass = t.mass * v_factor + abs(v_weight),
         event_count = t.event_count + 1,
         version = t.version + 1,
         reaction_version = case when v_user.is_high_value or v_recent = '{}' then t.version + 1 else t.reaction_version end,
         recent_events = coalesce(v_recent, t.recent_events)
   where t.user_id = p_user_id;
  return true;
end;
$$;

comment on function jophiel._add_interaction(bigint, bigint, text, real, timestamptz, uuid, jsonb) is
  'Writes one event (already checked) of a known user about an item with a signal, and moves the taste by it: true; false where the user has an event with that id; null, '
  'and nothing done but locks taken, where it takes more than an addition.';
