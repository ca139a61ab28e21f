-- The fast lane for one event: what _add_interactions() does for many, in three plain statements. Starting that statement's forty plan nodes
-- takes three times as long as this, which is most of what one event a transaction costs. No SET clause: one in
-- each nested call is felt here, and the callers have pinned the path.
create or replace function jophiel._add_interaction(
  p_user_id     bigint,
  p_item_id     bigint,
  p_type        jophiel.interaction_types,
  p_weight      real,
  p_happened_at timestamptz,
  p_event_id    uuid,
  p_details     jsonb,
  p_bytes       integer default 0
)
  returns boolean
  language plpgsql
  volatile
as $$
declare
  v_user   record;
  v_as_of  timestamptz := p_happened_at;
  v_weight double precision := coalesce(p_weight, p_type.weight);
  v_factor double precision := 1;
  v_recent timestamptz[];
begin
  -- The locks of _hold_signals() and _lock_tastes(), in this order: rows are locked in the order of the clauses. Who waits for a lock gets the
  -- row as it is then.
  select t.as_of, t.event_count, t.recent_events, e.reaction_events, e.reaction_window, e.taste_half_life_days * 86400 as half_life
    into v_user
    from jophiel.event_settings as e
    join jophiel.item_signals as s on s.item_id = p_item_id
    join jophiel.tastes as t on t.user_id = p_user_id
   where e.id = 1
     and e.event_bytes >= p_bytes
     and t.stale_since is null
     for key share of s
     for no key update of t;
  if not found then
    return false;
  end if;

  -- Either the taste ages, or the event has aged.
  if v_user.event_count > 0 and p_happened_at > v_user.as_of then
    v_factor := jophiel._decayed_weight(1, v_user.as_of, p_happened_at, v_user.half_life);
  elsif v_user.event_count > 0 then
    v_as_of := v_user.as_of;
    v_weight := jophiel._decayed_weight(v_weight, p_happened_at, v_as_of, v_user.half_life);
  end if;
  if v_factor <= 0.5 then
    return false;
  end if;

  -- Under the lock, each in a snapshot of its own: what the writers before us committed is seen.
  if p_type.is_state then
    if exists (
      select
        from jophiel.interactions as i
       where i.user_id = p_user_id
         and i.item_id = p_item_id
         -- Looked for only where there is such a row: a join would be started for each event. Whatever the collection: the other lane looks closer.
         and i.interaction_type = any (array(
           select k.interaction_type
             from jophiel.interaction_types as k
            where p_type.interaction_type in (k.interaction_type, k.cancels))))
    then
      return false;
    end if;
  end if;

  insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, weight, happened_at, received_at, details)
  select p_user_id, p_event_id, p_item_id, p_type.interaction_type, p_weight, p_happened_at, jophiel._now(), p_details
   where not exists (select from jophiel.user_tombstones as b where b.user_id = p_user_id and b.deleted_at >= p_happened_at)
      on conflict (user_id, event_id) do nothing;
  if not found then
    return false;
  end if;

  if not p_type.is_high_value then
    -- What _recent_events() says of few: a call of it is felt here, and most events are among few.
    v_recent := v_user.recent_events || p_happened_at;
    if cardinality(v_recent) >= v_user.reaction_events then
      v_recent := jophiel._recent_events(v_user.recent_events, array[p_happened_at], v_user.reaction_events, v_user.reaction_window);
    end if;
  end if;
  -- The signal is read under the lock of the taste: a new version of the schema, or another model, may have been made active, and the taste rebuilt, while
  -- the first statement waited for it.
  update jophiel.tastes as t
     set taste = case
                   when v_factor = 1 then t.taste
                   else t.taste operator(public.*) array_fill(v_factor::real, array[public.vector_dims(t.taste)])::public.vector
                 end
                 operator(public.+) (s.signal::public.vector operator(public.*) array_fill(v_weight::real, array[public.vector_dims(s.signal)])::public.vector),
         as_of = v_as_of,
         mass = t.mass * v_factor + abs(v_weight),
         event_count = t.event_count + 1,
         version = t.version + 1,
         reaction_version = case when p_type.is_high_value or v_recent = '{}' then t.version + 1 else t.reaction_version end,
         recent_events = coalesce(v_recent, t.recent_events)
    from jophiel.item_signals as s
   where t.user_id = p_user_id
     and s.item_id = p_item_id;
  return true;
end;
$$;

comment on function jophiel._add_interaction(bigint, bigint, jophiel.interaction_types, real, timestamptz, uuid, jsonb, integer) is
  'Writes one event (already checked, of a type that cancels none) of a known user about an item with a signal, and moves the taste by it: true. False, and nothing '
  'done but locks taken, where it takes more than an addition, where the event is known, or has more bytes (p_bytes) than event_settings.event_bytes allows.';
