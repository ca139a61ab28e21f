-- Models: what training wrote, which one is in use, and what the score needs of it.

create table jophiel.models (
  model_id      uuid             not null,
  name          text             not null,
  state         text             not null,
  dimensions    integer,
  parameters    jsonb            not null default '{}',
  weights       jsonb            not null default '{}',
  metrics       jsonb            not null default '{}',
  data_until    timestamptz,
  interactions  bigint,
  users         bigint,
  items         bigint,
  fit_seconds   double precision,
  write_seconds double precision,
  peak_bytes    bigint,
  prior         public.vector,
  error         text,
  created_at    timestamptz      not null,
  finished_at   timestamptz,
  activated_at  timestamptz,
  constraint models_pkey primary key (model_id),
  constraint models_name_check check (name <> ''),
  constraint models_state_check check (state in ('queued', 'building', 'ready', 'active', 'retired', 'discarded', 'failed')),
  constraint models_dimensions_check check (dimensions between 1 and 512)
);
create unique index models_state_idx on jophiel.models (state) where state in ('queued', 'building', 'active');
create index models_created_at_idx on jophiel.models (created_at);
comment on table jophiel.models is
  'jophiel:reference Every training and what came of it. state: queued (asked for); building; ready (written, never in use); active (its vectors are the collaborative blocks, its neighbours are scored); retired '
  '(was active, can be again); discarded (vectors and neighbours are gone); failed. dimensions: length of its vectors, null without any. weights: of a scoring policy, as validation chose '
  'them. data_until: when the newest event it learnt from was received. prior: the mean of its users'' collaborative blocks.';
comment on index jophiel.models_state_idx is 'One training asked for, one at a time, and one model in use.';

create table jophiel.model_vectors (
  model_id   uuid           not null,
  item_id    bigint         not null,
  in_vector  public.halfvec not null,
  out_vector public.halfvec not null,
  constraint model_vectors_pkey primary key (model_id, item_id),
  constraint model_vectors_model_id_fkey foreign key (model_id) references jophiel.models (model_id) on delete cascade
);
alter table jophiel.model_vectors alter column in_vector set storage plain;
alter table jophiel.model_vectors alter column out_vector set storage plain;
comment on table jophiel.model_vectors is
  'jophiel:reference The vectors of each model that is kept: those of the active one are the collaborative blocks of item_signals (in) and item_vectors (out). '
  'All in-vectors of a model have one scale (a mean square length of 1), and all out-vectors one (the longest is 1): their lengths mean something.';

create table jophiel.item_neighbours (
  model_id      uuid     not null,
  item_id       bigint   not null,
  neighbour_ids bigint[] not null,
  weights       real[]   not null,
  constraint item_neighbours_pkey primary key (model_id, item_id),
  constraint item_neighbours_model_id_fkey foreign key (model_id) references jophiel.models (model_id) on delete cascade,
  constraint item_neighbours_lengths_check check (cardinality(neighbour_ids) = cardinality(weights))
);
alter table jophiel.item_neighbours alter column neighbour_ids set storage plain;
alter table jophiel.item_neighbours alter column weights set storage plain;
comment on table jophiel.item_neighbours is
  'jophiel:reference The items that an item speaks for, strongest first, and how strongly (parallel arrays; the greatest weight of a model is 1). One row for each item and model.';

create table jophiel.content_maps (
  model_id   uuid          not null,
  coordinate integer       not null,
  version    integer       not null,
  bias       real          not null,
  factors    public.vector not null,
  constraint content_maps_pkey primary key (model_id, coordinate),
  constraint content_maps_model_id_fkey foreign key (model_id) references jophiel.models (model_id) on delete cascade
);
alter table jophiel.content_maps alter column factors set storage plain;
comment on table jophiel.content_maps is
  'jophiel:reference From the content of an item that a model does not know to its out-vector: a row for each coordinate of it, whose value is bias + factors . content block. '
  'version: the feature schema in whose coordinates the content is; of another one the map says nothing.';

-- What the score and the feeds know of models.
alter table jophiel.scoring_policies
  add column neighbours double precision not null default 0,
  add column prior double precision not null default 0,
  add column is_tuned boolean not null default true,
  add column untuned jsonb;
-- What somebody has chosen is not to be overwritten by the first training.
update jophiel.scoring_policies as p
   set is_tuned = false
 where (p.similarity, p.collaborative, p.novelty, p.popularity) <> (1.0, 1.0, 0.2, 0);
-- squawk-ignore ban-drop-constraint
alter table jophiel.scoring_policies drop constraint scoring_policies_some_weight_check;
alter table jophiel.scoring_policies
  add constraint scoring_policies_some_weight_check check (similarity + collaborative + neighbours + following + novelty + popularity > 0);
alter table jophiel.scoring_policies
  add constraint scoring_policies_models_check check (neighbours between 0 and 100 and prior between 0 and 100);
comment on table jophiel.scoring_policies is
  'jophiel:reference Weights of the score: similarity (cosine of the content blocks of taste and offer), collaborative (inner product of the taste''s collaborative block, of unit length, and the '
  'item''s out-vector), neighbours (what the user''s recent history says of the item in the active model''s neighbour table), following (1 where the creator is followed), novelty (1 at creation, '
  'half after novelty_half_life), popularity (0 to 1; cold_popularity is added in full for a user without interactions, fading to nothing at cold_events), penalty (once for what the user has '
  'definitively acted on). prior: how much of the average user''s collaborative block is added to that of a user of whom little is known. is_tuned: training may write the weights that validation '
  'chose; false once somebody has set them by jophiel.define_policy(). untuned: what the weights were that training has overwritten.';

alter table jophiel.feed_definitions add column cold_slots integer not null default 0;
alter table jophiel.feed_definitions add constraint feed_definitions_cold_slots_check check (cold_slots between 0 and 100);
comment on table jophiel.feed_definitions is
  'jophiel:reference Feeds that are materialised for every user. domain: null for all. filter: see jophiel.find_filtered_items(). diversity: share of '
  'MMR that goes to being unlike what stands above (0: none). creator_cap: items of one creator at most. exploration: items of the feed '
  'that are drawn at random, the same for the same user, day and feed. cold_slots: places of the feed that are kept for the best of the items that nobody has acted on yet. '
  'max_age: recomputed at least this often. is_scheduled: the batch keeps it fresh. content_version: raised by the batch when much of the catalogue has changed.';

alter table jophiel.cell_builds add column is_outdated boolean not null default false;
comment on table jophiel.cell_builds is 'jophiel:reference When a domain''s cells were built and over how many items. probe_items: how many items a user''s probe reads, chosen by '
  'jophiel.tune_probes() (null: the setting); overlap: what it measured. is_outdated: the vectors have become others since.';

insert into jophiel.settings (name, value, description) values
  ('models_kept', '3', 'Models that were in use whose vectors are kept for jophiel.rollback_model(), the active one included.'),
  ('training_interactions', '20000000', 'The newest so many interactions are learnt from; each takes some 100 bytes of memory in training.'),
  ('popularity_exponent', '0', 'Popularity is the decayed mass of an item over the greatest, to this power; 0: the logarithm. Training may choose it.'),
  ('training_hours', '24', 'Hours after a training that the next one is due, once somebody has trained; 0: never by itself.'),
  ('training_new_interactions', '1000', 'New interactions that there must be for a training by schedule.'),
  ('neighbour_events', '50', 'A user''s newest items that are looked up in the neighbour table.'),
  ('neighbour_items', '1000', 'The items that a user''s history speaks for most; all others have no value of neighbours.'),
  ('neighbour_candidates', '200', 'So many of them are candidates.'),
  ('prior_events', '5', 'Events at which half of the prior is left.');

insert into jophiel.meta (name, value)
values ('schema', '0003_models')
    on conflict (name) do update
   set value = excluded.value;
