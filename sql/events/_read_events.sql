-- The one place that knows what an event looks like. Plain SQL without SET: it is inlined, and whoever reads only some of its columns pays only
-- for those. Its readers set the time zone to UTC.
create or replace function jophiel._read_events(p_events jsonb)
  returns table (
    number           integer,
    event_id         uuid,
    fault            text,
    action           text,
    interaction_type text,
    user_id          bigint,
    item_id          bigint,
    creator_id       bigint,
    collection_id    bigint,
    happened_at      timestamptz,
    weight           real,
    details          jsonb,
    user_key         text,
    item_key         text,
    creator_key      text,
    collection_key   text,
    item             jsonb,
    profile          jsonb,
    is_late          boolean,
    is_plain         boolean
  )
  language sql
  stable parallel safe
  rows 100
as $$
  select r.number, r.event_id,
         case
           when pg_catalog.jsonb_typeof(r.event) <> 'object' then 'the event is not an object'
           when pg_catalog.pg_column_size(r.event) > (select s.value::integer from jophiel.settings as s where s.name = 'event_bytes')
             then pg_catalog.format('the event has %s bytes, which is too much', pg_catalog.pg_column_size(r.event))
           when r.event_id is null then 'event_id must be a UUID, and not the one of zeros'
           when pg_catalog.jsonb_typeof(r.event -> 'event_name') is distinct from 'string' then 'event_name must be text'
           when r.event_name is null
             then pg_catalog.format('event_name "%s" is unknown', pg_catalog.left(r.event ->> 'event_name', 100))
           when r.happened_at is null then 'event_timestamp must be an ISO 8601 time'
           when r.happened_at < '1970-01-02Z' then 'event_timestamp lies before 1970'
           when r.happened_at > (select jophiel._now() + pg_catalog.make_interval(secs => s.value::double precision)
                                   from jophiel.settings as s where s.name = 'event_future_seconds')
             then 'event_timestamp lies in the future'
           when pg_catalog.jsonb_typeof(r.event -> 'source') is distinct from 'string' then 'source must be text'
           when pg_catalog.jsonb_typeof(r.payload) is distinct from 'object' then 'payload must be an object'
           when r.user_field is not null and r.user_id is null
             then pg_catalog.format('payload.%s must be an integer or a text key', r.user_field)
           when r.item_field is not null and r.item_id is null
             then pg_catalog.format('payload.%s must be an integer or a text key', r.item_field)
           when r.creator_field is not null and r.creator_id is null
             then pg_catalog.format('payload.%s must be an integer or a text key', r.creator_field)
           when r.collection_field is not null and r.collection_id is null
             then pg_catalog.format('payload.%s must be an integer or a text key', r.collection_field)
           when r.seconds is not null and r.duration is null
             then pg_catalog.format('payload.%s must be a number of seconds, 0 or more', r.seconds_field)
           when r.action = 'put_item' then jophiel._event_item_fault(r.metadata_field, r.item)
           when r.action = 'put_user' then jophiel._user_fault(r.payload - r.user_field)
         end,
         r.action, r.interaction_type, r.user_id, r.item_id, r.creator_id, r.collection_id, r.happened_at,
         case
           when r.duration is not null and r.full_seconds is not null
             then (select pg_catalog.round((t.weight * greatest(0, least(1, (r.duration - r.zero_seconds)
                                                                            / (r.full_seconds - r.zero_seconds))))::numeric, 9)::real
                     from jophiel.interaction_types as t
                    where t.interaction_type = r.interaction_type)
         end,
         case
           when r.duration is not null then pg_catalog.jsonb_build_object('seconds', r.seconds)
           when r.collection_id is not null then pg_catalog.jsonb_build_object('collection_id', r.collection_id)
         end,
         case when pg_catalog.jsonb_typeof(r.payload -> r.user_field) = 'string' then r.payload ->> r.user_field end,
         case when pg_catalog.jsonb_typeof(r.payload -> r.item_field) = 'string' then r.payload ->> r.item_field end,
         case when pg_catalog.jsonb_typeof(r.payload -> r.creator_field) = 'string' then r.payload ->> r.creator_field end,
         case when pg_catalog.jsonb_typeof(r.payload -> r.collection_field) = 'string' then r.payload ->> r.collection_field end,
         r.item, r.payload - r.user_field,
         r.happened_at <= (select b.deleted_at from jophiel.user_tombstones as b where b.user_id = r.user_id),
         r.action = 'interact' and r.event_id is not null and r.user_id is not null and r.item_id is not null
           and pg_catalog.jsonb_typeof(r.event -> 'event_name') = 'string'
           and (r.creator_field is null or r.creator_id is not null)
           and (r.collection_field is null or r.collection_id is not null)
           and (r.seconds is null or r.duration is not null)
           and pg_catalog.jsonb_typeof(r.event -> 'source') = 'string'
           and r.happened_at between '1970-01-02Z'
                                 and (select jophiel._now() + pg_catalog.make_interval(secs => s.value::double precision)
                                        from jophiel.settings as s where s.name = 'event_future_seconds')
           and pg_catalog.pg_column_size(r.event) <= (select s.value::integer from jophiel.settings as s where s.name = 'event_bytes')
           and not exists (select from jophiel.user_tombstones as b where b.user_id = r.user_id and b.deleted_at >= r.happened_at)
    from (select j.number, j.event, j.payload, j.event_name, j.action, j.interaction_type, j.user_field, j.item_field, j.creator_field,
                 j.collection_field, j.seconds_field, j.zero_seconds, j.full_seconds, j.metadata_field, j.item,
                 case when pg_catalog.jsonb_typeof(j.event -> 'event_id') = 'string' and pg_catalog.pg_input_is_valid(j.id, 'uuid')
                        then nullif(j.id::uuid, '00000000-0000-0000-0000-000000000000') end as event_id,
                 -- The usual form is told by cheaper means than a pattern.
                 case when ((j.time like '____-__-__T__:__:__%' and pg_catalog.translate(j.time, '0123456789', '') in ('--T::Z', '--T::.Z'))
                            or j.time ~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?$')
                       and pg_catalog.pg_input_is_valid(j.time, 'timestamptz')
                        then j.time::timestamptz end as happened_at,
                 jophiel._read_id(j.user_value) as user_id,
                 jophiel._read_id(j.item_value) as item_id,
                 jophiel._read_id(j.creator_value) as creator_id,
                 jophiel._read_id(j.collection_value) as collection_id,
                 nullif(j.seconds, 'null') as seconds,
                 case when pg_catalog.jsonb_typeof(j.seconds) = 'number'
                      then case when j.seconds::numeric between 0 and 1e9
                                  then pg_catalog.round(j.seconds::numeric, 6)::double precision end end as duration
            -- A fence at each step: what is taken out of the JSON is taken out once.
            from (select e.number, e.event, e.payload, e.event ->> 'event_id' as id, e.event ->> 'event_timestamp' as time,
                         e.payload -> y.user_field as user_value, e.payload -> y.item_field as item_value,
                         e.payload -> y.creator_field as creator_value, e.payload -> y.collection_field as collection_value,
                         e.payload -> y.seconds_field as seconds,
                         y.event_name, y.action, y.interaction_type, y.user_field, y.item_field, y.creator_field, y.collection_field, y.seconds_field,
                         y.zero_seconds, y.full_seconds, y.metadata_field,
                         case when y.action = 'put_item' then jophiel._event_item(e.payload, y) end as item
                    from (select n.ordinality::integer as number, n.value as event, n.value -> 'payload' as payload, n.value ->> 'event_name' as name
                            from pg_catalog.jsonb_array_elements(p_events) with ordinality as n
                          offset 0) as e
                    left join jophiel.event_types as y on y.event_name = e.name
                  offset 0) as j
          offset 0) as r
$$;

comment on function jophiel._read_events(jsonb) is
  'The events of a JSON array in their order (number, from 1), read by their rows in event_types. fault: what is wrong with one, null where nothing is. '
  'weight: only where a duration decides it. *_key: the ids that were given as text. item: what upsert_items() takes. profile: the fields of a user. is_late: an event deleted the user at that time '
  'or later. is_plain: an interaction that has no fault and is not late, found out in less time than fault.';
