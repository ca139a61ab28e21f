-- The fast lane for one event: the usual form of what most events are, told by a few patterns, as each part of an expression is made ready anew in
-- each transaction. _read_events() takes whatever this does not. Only times in UTC with a Z pass, so the session's zone does not matter, and no 29 February, which not every year has. No SET
-- clause: the only caller has pinned the path, and one more is felt here.
create or replace function jophiel._ingest_interaction(p_event jsonb)
  returns boolean
  language plpgsql
  volatile
as $$
declare
  v_id      constant text := p_event ->> 'event_id';
  v_time    constant text := p_event ->> 'event_timestamp';
  v_event   record;
  v_weight  real;
  v_details jsonb;
begin
  if (v_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
      and v_id <> '00000000-0000-0000-0000-000000000000'
      and v_time ~ ('^[12][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)'
                    'T([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,6})?Z$')
      and jsonb_typeof(p_event -> 'event_name') = 'string'
      and jsonb_typeof(p_event -> 'source') = 'string') is not true
  then
    return false;
  end if;

  select p_event -> 'payload' ->> y.user_field as user_id, p_event -> 'payload' ->> y.item_field as item_id,
         p_event -> 'payload' -> y.seconds_field as seconds, y.zero_seconds, y.full_seconds, t as type, v_time::timestamptz as happened_at
    into v_event
    from jophiel.event_types as y
    join jophiel.interaction_types as t on t.interaction_type = y.interaction_type
   where y.event_name = p_event ->> 'event_name'
     and y.action = 'interact'
     and y.creator_field is null
     and y.collection_field is null
     and t.cancels is null;
  if (v_event.user_id ~ '^[1-9][0-9]{0,17}$' and v_event.item_id ~ '^[1-9][0-9]{0,17}$'
      and v_event.happened_at between '1970-01-02Z' and jophiel._now()) is not true
  then
    return false;
  end if;

  if jsonb_typeof(v_event.seconds) <> 'null' then
    if jsonb_typeof(v_event.seconds) <> 'number' or v_event.seconds::numeric not between 0 and 1e9 then
      return false;
    end if;
    v_details := jsonb_build_object('seconds', v_event.seconds);
    v_weight := jophiel._weigh_duration((v_event.type).weight, v_event.seconds, v_event.zero_seconds, v_event.full_seconds);
  end if;

  return jophiel._add_interaction(
    v_event.user_id::bigint, v_event.item_id::bigint, v_event.type, v_weight, v_event.happened_at, v_id::uuid, v_details,
    -- As a value of its own: in a table it may have been compressed.
    pg_column_size(p_event || '{}'));
end;
$$;

comment on function jophiel._ingest_interaction(jsonb) is
  'Ingests one event where it is an interaction that only adds to a taste, of a known user about a known item, both with integer ids: true, it is '
  'applied. False, and nothing done but locks taken, for any other.';
