-- Evaluations: what `jophiel evaluate` found, to look at and to compare with later ones.

create table jophiel.evaluations (
  evaluation_id uuid        not null,
  split         text        not null,
  model         text        not null,
  options       jsonb       not null,
  found         jsonb       not null,
  created_at    timestamptz not null,
  constraint evaluations_pkey primary key (evaluation_id),
  constraint evaluations_options_check check (jsonb_typeof(options) = 'object'),
  constraint evaluations_found_check check (jsonb_typeof(found) = 'object')
);
create index evaluations_created_at_idx on jophiel.evaluations (created_at);
comment on table jophiel.evaluations is
  'jophiel:reference Evaluations of this database''s own log. split, model: what was held out, and the model that was trained on the rest. options: what `jophiel evaluate` was given. found: users, train_events, '
  'test_events, items; qualities by kind of feeds (hybrid, popularity, ...), differences of the hybrid to each other kind, worse_than. The newest evaluations_kept are kept.';

insert into jophiel.settings (name, value, description) values
  ('evaluations_kept', '100', 'Evaluations that are kept; each takes some 5 kB.');

insert into jophiel.meta (name, value)
values ('schema', '0006_evaluations')
    on conflict (name) do update
   set value = excluded.value;
