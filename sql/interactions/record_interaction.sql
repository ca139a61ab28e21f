-- One thing that a user did.
create or replace function jophiel.record_interaction(
  p_user_id     bigint,
  p_item_id     bigint,
  p_type        text default 'like',
  p_weight      double precision default null,
  p_happened_at timestamptz default null,
  p_event_id    uuid default null
)
  returns text
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_type        jophiel.interaction_types;
  v_weight      real;
  v_happened_at constant timestamptz := coalesce(p_happened_at, jophiel._now());
  v_event_id    constant uuid := coalesce(p_event_id, jophiel._new_event_id());
  v_new         integer[];
begin
  if p_user_id is null or p_item_id is null or not isfinite(p_happened_at) or p_happened_at > jophiel._latest_time() then
    raise exception 'user % and item % must be given, and the time (%) must be finite and not in the future', p_user_id, p_item_id, p_happened_at
      using errcode = 'JO001',
            hint = 'Call jophiel.record_interaction(user_id, item_id, type).';
  end if;

  if p_weight not between -100 and 100 then
    raise exception 'weight % of the interaction of user % with item % is outside -100 to 100', p_weight, p_user_id, p_item_id
      using errcode = 'JO012',
            hint = 'Leave it out to take the type''s weight.';
  end if;

  v_weight := round(p_weight::numeric, 9);
  v_type := jophiel._interaction_type(p_type);
  if v_type.cancels is null
    and jophiel._add_interaction(p_user_id, p_item_id, v_type, v_weight, v_happened_at, v_event_id, null)
  then
    return 'applied';
  end if;

  -- As an event about an item that is not there: one of us waits for who brings it (the first lock of all).
  if not exists (select from jophiel.items as i where i.item_id = p_item_id) then
    perform jophiel._hold_items(array[p_item_id]);
  end if;

  v_new := jophiel._record_interactions(
    array[p_user_id], array[p_item_id], array[p_type], array[v_weight], array[v_happened_at], array[v_event_id], array[null::jsonb]);

  return case when cardinality(v_new) > 0 then 'applied' else 'duplicate' end;
end;
$$;

comment on function jophiel.record_interaction(bigint, bigint, text, double precision, timestamptz, uuid) is
  'Records one interaction and returns applied, or duplicate where the user has an event with that id. Null: weight of the type, now, a '
  'new id. See jophiel.record_interactions(). Raises JO001, JO007 (unknown type), JO010 (a follow), JO012 (weight).';

create or replace function jophiel.record_interaction(
  p_user_key    text,
  p_item_key    text,
  p_type        text default 'like',
  p_weight      double precision default null,
  p_happened_at timestamptz default null,
  p_event_id    uuid default null
)
  returns text
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._register_keys('user', array[p_user_key]);
  perform jophiel._register_keys('item', array[p_item_key]);

  return jophiel.record_interaction(
    jophiel.key_id(p_user_key), jophiel.key_id(p_item_key), p_type, p_weight, p_happened_at, p_event_id);
end;
$$;

comment on function jophiel.record_interaction(text, text, text, double precision, timestamptz, uuid) is
  'The same with text keys, which are registered.';
