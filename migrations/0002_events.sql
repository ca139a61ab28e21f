-- Events: what their names mean, what arrived, and what decides between events that arrive in any order.

insert into jophiel.settings (name, value, description) values
  ('event_bytes', '262144', 'Size of an event, as PostgreSQL stores it, above which it is rejected.'),
  ('event_future_seconds', '86400', 'How far ahead of the clock an event may be dated; later ones are rejected.'),
  ('inbox_retention_days', '30', 'Days that the ids of events are kept which leave no row of their own; an older one that comes again changes nothing either.');

create table jophiel.event_types (
  event_name        text not null,
  action            text not null,
  interaction_type  text,
  user_field        text,
  item_field        text,
  creator_field     text,
  collection_field  text,
  seconds_field     text,
  zero_seconds      double precision,
  full_seconds      double precision,
  metadata_field    text,
  title_field       text,
  description_field text,
  tags_field        text,
  domain            text,
  constraint event_types_pkey primary key (event_name),
  constraint event_types_interaction_type_fkey foreign key (interaction_type) references jophiel.interaction_types (interaction_type),
  constraint event_types_action_check check (
    case action
      when 'interact' then num_nulls(user_field, item_field, interaction_type) = 0
      when 'collect' then num_nulls(user_field, item_field, collection_field, interaction_type) = 0
      when 'remove' then num_nulls(user_field, item_field, collection_field, interaction_type) = 0
      when 'follow' then num_nulls(user_field, creator_field) = 0
      when 'unfollow' then num_nulls(user_field, creator_field) = 0
      when 'put_item' then num_nulls(item_field, metadata_field) = 0
      when 'delete_item' then item_field is not null
      when 'put_user' then user_field is not null
      when 'delete_user' then user_field is not null
      else false
    end),
  constraint event_types_seconds_check check (
    (zero_seconds is null and full_seconds is null)
    or (zero_seconds >= 0 and full_seconds >= 0 and zero_seconds <> full_seconds and zero_seconds + full_seconds < 1e9)),
  constraint event_types_domain_check check (domain <> '')
);
comment on table jophiel.event_types is
  'jophiel:reference What the names of events mean (docs/events.md). The *_field columns name fields of the payload; those of title, description and tags, fields of '
  'the metadata. An interaction that lasted counts nothing at zero_seconds, in full at full_seconds, and in proportion between.';

insert into jophiel.event_types (event_name, action, interaction_type, user_field, item_field, collection_field, seconds_field, zero_seconds, full_seconds) values
  ('user.interaction.like', 'interact', 'like', 'user_id', 'sample_id', null, null, null, null),
  ('user.interaction.unlike', 'interact', 'unlike', 'user_id', 'sample_id', null, null, null, null),
  ('user.interaction.dislike', 'interact', 'dislike', 'user_id', 'sample_id', null, null, null, null),
  ('user.interaction.undislike', 'interact', 'undislike', 'user_id', 'sample_id', null, null, null, null),
  ('user.interaction.share', 'interact', 'share', 'user_id', 'sample_id', null, null, null, null),
  ('user.interaction.comment', 'interact', 'comment', 'user_id', 'sample_id', null, null, null, null),
  ('user.interaction.play', 'interact', 'play', 'user_id', 'sample_id', null, 'duration_seconds', 0, 30),
  ('user.interaction.view', 'interact', 'view', 'user_id', 'sample_id', null, 'duration_seconds', 0, 10),
  ('user.interaction.click', 'interact', 'click', 'user_id', 'sample_id', null, 'duration_seconds', null, null),
  ('user.interaction.skip', 'interact', 'skip', 'user_id', 'sample_id', null, 'duration_seconds', 30, 0),
  ('user.interaction.add_to_board', 'collect', 'add_to_board', 'user_id', 'sample_id', 'board_id', null, null, null),
  ('user.interaction.remove_from_board', 'remove', 'remove_from_board', 'user_id', 'sample_id', 'board_id', null, null, null);

insert into jophiel.event_types (event_name, action, user_field, creator_field) values
  ('user.interaction.follow', 'follow', 'user_id', 'followed_user_id'),
  ('user.interaction.unfollow', 'unfollow', 'user_id', 'unfollowed_user_id'),
  ('user.lifecycle.created', 'put_user', 'user_id', null),
  ('user.lifecycle.updated', 'put_user', 'user_id', null),
  ('user.lifecycle.deleted', 'delete_user', 'user_id', null);

insert into jophiel.event_types (event_name, action, item_field, creator_field, metadata_field, title_field, description_field, tags_field) values
  ('sample.lifecycle.created', 'put_item', 'sample_id', 'creator_id', 'metadata', 'titulo', 'descripcion', 'tags'),
  ('sample.lifecycle.updated', 'put_item', 'sample_id', 'creator_id', 'metadata', 'titulo', 'descripcion', 'tags'),
  ('sample.lifecycle.deleted', 'delete_item', 'sample_id', null, null, null, null, null);

create table jophiel.inbox (
  user_id     bigint      not null,
  event_id    uuid        not null,
  happened_at timestamptz not null,
  received_at timestamptz not null,
  constraint inbox_pkey primary key (user_id, event_id)
);
create index inbox_received_at_idx on jophiel.inbox (received_at);
comment on table jophiel.inbox is
  'jophiel:user Ids of the events that leave no row of their own, so that one that comes again is called a duplicate: follows and lifecycle. Interactions are in the log '
  'under their id, items'' events in item_events. Nothing else rests on it: registers do not change when an event comes again.';

create table jophiel.user_fields (
  user_id     bigint      not null,
  field       text        not null,
  value       jsonb       not null,
  happened_at timestamptz not null,
  event_id    uuid        not null,
  constraint user_fields_pkey primary key (user_id, field)
);
comment on table jophiel.user_fields is
  'jophiel:user Which event had the latest word, by (happened_at, event_id), about each field of a profile: profile.x is field x of users.profile. A null value took it away.';

create table jophiel.user_tombstones (
  user_id    bigint      not null,
  deleted_at timestamptz not null,
  constraint user_tombstones_pkey primary key (user_id)
);
comment on table jophiel.user_tombstones is
  'jophiel:user Until when everything about a user is forgotten, whenever it arrives. The one thing that stays of a user whom an event deleted.';

create table jophiel.item_events (
  item_id     bigint      not null,
  event_id    uuid        not null,
  happened_at timestamptz not null,
  is_deletion boolean     not null,
  received_at timestamptz,
  constraint item_events_pkey primary key (item_id, event_id)
);
create index item_events_received_at_idx on jophiel.item_events (received_at) where received_at is not null;
comment on table jophiel.item_events is
  'jophiel:reference When items were created or changed and deleted by events, and deleted by hand: what of it was last, and when the item''s present life began. The row whose id is all '
  'zeros is the lock of the item''s events, and dates what upsert_items() or an import wrote (-infinity: nothing). '
  'received_at: null for what the batch looked at after inbox_retention_days and kept.';

-- ---------------------------------------------------------------- immediate reaction (docs/decisions/0004-read-your-writes.md)

alter table jophiel.tastes
  add column reaction_version bigint not null default 0,
  add column recent_events timestamptz[] not null default '{}';
comment on table jophiel.tastes is
  'jophiel:user The weighted, time-decayed sum of signals of what a user did, as of the newest active event. mass: the same sum of absolute weights. '
  'event_count: active interactions and follows. version: raised by every change that can change a feed. stale_since: must be rebuilt from the log. '
  'reaction_version: the version that readers must see; a feed made from an older one is not shown but computed anew. recent_events: when the newest low-value events '
  'happened to which the feed has not reacted yet.';

-- Every event looked its type up to write it, and this looked it up again: 12 of the 30 microseconds of an insert, and a lock of one and the same row
-- by everybody. A type that is deleted takes its events out of the tastes, when they are rebuilt.
-- squawk-ignore ban-drop-constraint
alter table jophiel.interactions drop constraint interactions_interaction_type_fkey;

insert into jophiel.settings (name, value, description) values
  ('reaction_events', '5', 'So many low-value events of a user within reaction_window make the feed react at once.'),
  ('reaction_window', '10', 'Minutes within which reaction_events must happen.'),
  ('match_pairs', '2000', 'New items times users up to which the writer of the items looks whose feeds they could enter; beyond, the followers of their creators, and the batch.');

insert into jophiel.meta (name, value)
values ('schema', '0002_events')
    on conflict (name) do update
   set value = excluded.value;
