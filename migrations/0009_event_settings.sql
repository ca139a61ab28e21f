-- One event a transaction: what each of them paid for, and need not.

create table jophiel.event_settings (
  id                   integer          not null default 1,
  event_bytes          integer          not null default 262144,
  reaction_events      integer          not null default 5,
  reaction_window      double precision not null default 10,
  taste_half_life_days double precision not null default 60,
  constraint event_settings_pkey primary key (id),
  constraint event_settings_id_check check (id = 1),
  constraint event_settings_event_bytes_check check (event_bytes > 0),
  constraint event_settings_reaction_events_check check (reaction_events between 1 and 1000),
  constraint event_settings_reaction_window_check check (reaction_window between 0 and 1000000),
  constraint event_settings_taste_half_life_days_check check (taste_half_life_days between 0.001 and 1000000)
);
comment on table jophiel.event_settings is
  'jophiel:reference Engine settings that each event needs, in the columns of one row: as rows of settings they cost an event a twentieth of its time. '
  'Read through jophiel._event_settings().';
comment on column jophiel.event_settings.event_bytes is 'Size of an event, as PostgreSQL stores it, above which it is rejected.';
comment on column jophiel.event_settings.reaction_events is 'So many low-value events of a user within reaction_window make the feed react at once.';
comment on column jophiel.event_settings.reaction_window is 'Minutes within which reaction_events must happen.';
comment on column jophiel.event_settings.taste_half_life_days is 'Days after which an interaction counts half in a taste.';

-- The values that were rows of settings are moved when the functions that read them there are replaced (sql/retired.sql).
insert into jophiel.event_settings default values;

-- A weight is checked where it comes in (JO012, JO010), with a hint. To read this expression anew from the catalogue for each statement took
-- a twenty-fifth of the time of an event.
-- squawk-ignore ban-drop-constraint
alter table jophiel.interactions drop constraint interactions_weight_check;
comment on column jophiel.interactions.weight is
  'From -100 to 100, or null for the type''s. Checked by the functions that write it, and by jophiel._settle_interactions() for rows that were copied in.';

insert into jophiel.meta (name, value)
values ('schema', '0009_event_settings')
    on conflict (name) do update
   set value = excluded.value;
