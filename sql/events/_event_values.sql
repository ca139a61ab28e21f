-- The one place that knows what an event looks like: what its row in event_types says is taken out of the JSON, once, and read. Plain SQL without
-- SET, to be inlined; its reader sets the time zone to UTC.
create or replace function jophiel._event_values(p_events jsonb)
  returns table (
    number        integer,
    event         jsonb,
    payload       jsonb,
    type          jophiel.event_types,
    event_id      uuid,
    happened_at   timestamptz,
    user_id       bigint,
    item_id       bigint,
    creator_id    bigint,
    collection_id bigint,
    seconds       jsonb,
    has_seconds   boolean,
    item          jsonb
  )
  language sql
  stable parallel safe
  rows 100
as $$
  select j.number, j.event, j.payload, j.type,
         case when pg_catalog.jsonb_typeof(j.event -> 'event_id') = 'string' and pg_catalog.pg_input_is_valid(j.id, 'uuid')
                then nullif(j.id::uuid, '00000000-0000-0000-0000-000000000000') end,
         -- The usual form is told by cheaper means than a pattern.
         case when ((j.time like '____-__-__T__:__:__%' and pg_catalog.translate(j.time, '0123456789', '') in ('--T::Z', '--T::.Z'))
                    or j.time ~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?$')
               and pg_catalog.pg_input_is_valid(j.time, 'timestamptz')
                then j.time::timestamptz end,
         jophiel._read_id(j.user_value), jophiel._read_id(j.item_value), jophiel._read_id(j.creator_value), jophiel._read_id(j.collection_value),
         j.seconds,
         case
           when pg_catalog.jsonb_typeof(j.seconds) = 'number' then j.seconds::numeric between 0 and 1e9
           when pg_catalog.jsonb_typeof(j.seconds) <> 'null' then false
         end,
         j.item
    -- A fence at each step: what is taken out of the JSON is taken out once.
    from (select e.number, e.event, e.payload, y as type, e.event ->> 'event_id' as id, e.event ->> 'event_timestamp' as time,
                 e.payload -> y.user_field as user_value, e.payload -> y.item_field as item_value,
                 e.payload -> y.creator_field as creator_value, e.payload -> y.collection_field as collection_value,
                 e.payload -> y.seconds_field as seconds,
                 case when y.action = 'put_item' then jophiel._event_item(e.payload, y) end as item
            from (select n.ordinality::integer as number, n.value as event, n.value -> 'payload' as payload, n.value ->> 'event_name' as name
                    from pg_catalog.jsonb_array_elements(p_events) with ordinality as n
                  offset 0) as e
            left join jophiel.event_types as y on y.event_name = e.name
          offset 0) as j
  offset 0
$$;

comment on function jophiel._event_values(jsonb) is
  'The events of a JSON array in their order (number, from 1) with what their rows in event_types name. Null: not there, or not readable; has_seconds: null where no duration '
  'is given, false where it is none.';
