-- The fast lane for one event: the usual form of what most events are, told by means cheaper than those of _read_events(), which takes
-- whatever this does not. Only times in UTC with a Z pass, so the session's zone does not matter. No SET clause: the only caller has pinned the path,
-- and one more is felt here.
create or replace function jophiel._ingest_interaction(p_event jsonb)
  returns boolean
  language plpgsql
  volatile
as $$
declare
  v_id      constant text := p_event ->> 'event_id';
  v_time    constant text := p_event ->> 'event_timestamp';
  v_payload constant jsonb := p_event -> 'payload';
  v_type    record;
  v_user    text;
  v_item    text;
  v_seconds jsonb;
  v_weight  real;
  v_details jsonb;
begin
  if (translate(v_id, '0123456789abcdef', '') = '----'
      and v_id like '________-____-____-____-____________'
      and v_id <> '00000000-0000-0000-0000-000000000000'
      and translate(v_time, '0123456789', '') in ('--T::Z', '--T::.Z')
      and v_time like '____-__-__T__:__:__%'
      and pg_input_is_valid(v_time, 'timestamptz')
      and jsonb_typeof(p_event -> 'event_name') = 'string'
      and jsonb_typeof(p_event -> 'source') = 'string') is not true
  then
    return false;
  end if;

  select y.user_field, y.item_field, y.seconds_field, y.zero_seconds, y.full_seconds, t as kind
    into v_type
    from jophiel.event_types as y
    join jophiel.interaction_types as t on t.interaction_type = y.interaction_type
   where y.event_name = p_event ->> 'event_name'
     and y.action = 'interact'
     and num_nonnulls(y.creator_field, y.collection_field) = 0;
  v_user := v_payload ->> v_type.user_field;
  v_item := v_payload ->> v_type.item_field;
  if (v_user ~ '^[1-9][0-9]*$' and length(v_user) <= 18 and v_item ~ '^[1-9][0-9]*$' and length(v_item) <= 18
      and v_time::timestamptz between '1970-01-02Z' and jophiel._now()) is not true
  then
    return false;
  end if;

  v_seconds := v_payload -> v_type.seconds_field;
  if jsonb_typeof(v_seconds) <> 'null' then
    if jsonb_typeof(v_seconds) <> 'number' or v_seconds::numeric not between 0 and 1e9 then
      return false;
    end if;
    v_details := jsonb_build_object('seconds', v_seconds);
    v_weight := jophiel._weigh_duration((v_type.kind).weight, v_seconds, v_type.zero_seconds, v_type.full_seconds);
  end if;

  return jophiel._add_interaction(
    v_user::bigint, v_item::bigint, v_type.kind, v_weight, v_time::timestamptz, v_id::uuid, v_details, pg_column_size(p_event));
end;
$$;

comment on function jophiel._ingest_interaction(jsonb) is
  'Ingests one event where it is an interaction that only adds to a taste, of a known user about a known item, both with integer ids: true, it is '
  'applied. False, and nothing done but locks taken, for any other.';
