-- Read once, judged once: everything else takes the events as they come out of here.
create or replace function jophiel._read_events(p_events jsonb)
  returns jophiel.event[]
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  -- Looks by key whatever the events hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_latest timestamptz;
  v_bytes  integer;
begin
  v_latest := jophiel._latest_time();
  v_bytes := (jophiel._event_settings()).event_bytes;

  return array(
    select row(
             r.number, r.event_id,
             case
               when jsonb_typeof(r.event) <> 'object' then 'the event is not an object'
               when pg_column_size(r.event) > v_bytes then format('the event has %s bytes, which is too much', pg_column_size(r.event))
               when r.event_id is null then 'event_id must be a UUID, and not the one of zeros'
               when jsonb_typeof(r.event -> 'event_name') is distinct from 'string' then 'event_name must be text'
               when (r.type).event_name is null then format('event_name "%s" is unknown', left(r.event ->> 'event_name', 100))
               when r.happened_at is null then 'event_timestamp must be an ISO 8601 time'
               when r.happened_at < '1970-01-02Z' then 'event_timestamp lies before 1970'
               when r.happened_at > v_latest then 'event_timestamp lies in the future'
               when jsonb_typeof(r.event -> 'source') is distinct from 'string' then 'source must be text'
               when jsonb_typeof(r.payload) is distinct from 'object' then 'payload must be an object'
               when (r.type).user_field is not null and r.user_id is null
                 then format('payload.%s must be an integer or a text key', (r.type).user_field)
               when (r.type).item_field is not null and r.item_id is null
                 then format('payload.%s must be an integer or a text key', (r.type).item_field)
               when (r.type).creator_field is not null and r.creator_id is null
                 then format('payload.%s must be an integer or a text key', (r.type).creator_field)
               when (r.type).collection_field is not null and r.collection_id is null
                 then format('payload.%s must be an integer or a text key', (r.type).collection_field)
               when not r.has_seconds then format('payload.%s must be a number of seconds, 0 or more', (r.type).seconds_field)
               when (r.type).action = 'put_item' then jophiel._event_item_fault((r.type).metadata_field, r.item)
               when (r.type).action = 'put_user' then jophiel._user_fault(r.payload - (r.type).user_field)
             end,
             (r.type).action, (r.type).interaction_type, r.user_id, r.item_id, r.creator_id, r.collection_id, r.happened_at,
             case
               when r.has_seconds and (r.type).action = 'interact'
                 then (select jophiel._weigh_duration(t.weight, r.seconds, (r.type).zero_seconds, (r.type).full_seconds)
                         from jophiel.interaction_types as t
                        where t.interaction_type = (r.type).interaction_type)
             end,
             case
               when r.has_seconds then jsonb_build_object('seconds', r.seconds)
               when r.collection_id is not null then jsonb_build_object('collection_id', r.collection_id)
             end,
             case when jsonb_typeof(r.payload -> (r.type).user_field) = 'string' then r.payload ->> (r.type).user_field end,
             case when jsonb_typeof(r.payload -> (r.type).item_field) = 'string' then r.payload ->> (r.type).item_field end,
             case when jsonb_typeof(r.payload -> (r.type).creator_field) = 'string' then r.payload ->> (r.type).creator_field end,
             case when jsonb_typeof(r.payload -> (r.type).collection_field) = 'string' then r.payload ->> (r.type).collection_field end,
             r.item,
             case when (r.type).action = 'put_user' and jsonb_typeof(r.payload) = 'object' then r.payload - (r.type).user_field end,
             r.happened_at <= (select b.deleted_at from jophiel.user_tombstones as b where b.user_id = r.user_id))::jophiel.event
      from jophiel._event_values(p_events) as r);
end;
$$;

comment on function jophiel._read_events(jsonb) is
  'The events of a JSON array in their order, read by their rows in event_types.';
