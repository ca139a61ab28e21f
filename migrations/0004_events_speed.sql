-- Events are read out of their JSON once and handed from part to part as what was read.

create type jophiel.event as (
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
  is_late          boolean
);
comment on type jophiel.event is
  'What jophiel._read_events() made of an event: number (from 1) in its call; fault: what is wrong with it, null where nothing is; weight: only where a duration decides it; '
  '*_key: the ids that were given as text; item: what upsert_items() takes; profile: the fields of a user; is_late: an event deleted the user at that time or later.';

insert into jophiel.meta (name, value)
values ('schema', '0004_events_speed')
    on conflict (name) do update
   set value = excluded.value;
