-- The tables of the engine. Structure only: functions are replayed from sql/, and nothing here calls them.
-- Every table's comment begins with its kind (docs/architecture.md, "Distributable by rule"):
--   jophiel:user       owned by one user, keyed by user_id first
--   jophiel:reference  catalogue and configuration, the same on every node
--   jophiel:local      bookkeeping of one node

create schema if not exists jophiel;
create extension if not exists vector with schema public;

comment on schema jophiel is 'Jophiel: personalised feeds and recommendations.';

-- ---------------------------------------------------------------- bookkeeping and configuration

create table jophiel.meta (
  name  text not null,
  value text not null,
  constraint meta_pkey primary key (name)
);
comment on table jophiel.meta is 'jophiel:local What is installed: hashes of the replayed SQL.';

create table jophiel.settings (
  name        text  not null,
  value       jsonb not null,
  description text  not null,
  constraint settings_pkey primary key (name)
);
comment on table jophiel.settings is 'jophiel:reference Engine settings; read through jophiel._setting().';

insert into jophiel.settings (name, value, description) values
  ('content_dimensions', '128', 'Length of the content block of every vector.'),
  ('collaborative_dimensions', '64', 'Length of the collaborative block of every vector.'),
  ('hash_dimensions', '32', 'Coordinates at the end of the content block that rare terms and embeddings are hashed into.'),
  ('taste_half_life_days', '60', 'Days after which an interaction counts half in a taste.'),
  ('cold_events', '5', 'Below this many interactions a user is cold: interests and popularity fade in.'),
  ('popularity_half_life_days', '14', 'Days after which an interaction counts half in an item''s popularity.'),
  ('exact_scan_items', '10000', 'Up to this many items a domain is scanned exactly; above, through its cells.'),
  ('probe_items', '400', 'Items in the cells that are read for each user, at least; jophiel.tune_probes() reads more where the catalogue asks for it.'),
  ('overlap_mean', '0.98', 'Share of the exact feed that feeds through cells must have in the mean; jophiel.tune_probes() sees to it.'),
  ('overlap_minimum', '0.9', 'The same for the user who is worst off among those sampled.'),
  ('probe_coarse', '24', 'Nearest coarse cells whose fine cells are considered.'),
  ('followed_items', '60', 'Newest items of each followed creator that are candidates.'),
  ('fresh_items', '100', 'Newest items of the catalogue that are candidates for everybody.'),
  ('popular_items', '200', 'Most popular items that are candidates for cold users.'),
  ('match_items', '200', 'Up to this many new items are matched with users one by one; above, every feed is recomputed.'),
  ('cache_minutes', '1440', 'Age at which a cached answer (similar items, ideas) is made anew even if nothing changed.'),
  ('search_matches', '1000', 'Best matches by text that a search also scores by taste.'),
  ('search_personal', '0.3', 'Share of the personal score in a search, 0 to 1; the rest is the text''s relevance.'),
  ('timings_days', '30', 'Days that timings are kept.');

create table jophiel.keys (
  kind text   not null,
  id   bigint not null,
  key  text   not null,
  constraint keys_pkey primary key (kind, id),
  constraint keys_kind_check check (kind in ('user', 'item', 'collection')),
  constraint keys_id_check check (id < 0)
);
comment on table jophiel.keys is
  'jophiel:reference Text keys of the application and the negative 63-bit hash that stands for each. Creators are users.';

create table jophiel.interaction_types (
  interaction_type text             not null,
  weight           double precision not null,
  is_state         boolean          not null default false,
  is_definitive    boolean          not null default false,
  is_high_value    boolean          not null default false,
  cancels          text,
  constraint interaction_types_pkey primary key (interaction_type),
  constraint interaction_types_weight_check check (weight between -100 and 100),
  constraint interaction_types_cancels_fkey foreign key (cancels) references jophiel.interaction_types (interaction_type)
);
comment on table jophiel.interaction_types is
  'jophiel:reference What users do and what it weighs in a taste. is_state: the latest wins (a like is on or off); '
  'otherwise every event adds. is_definitive: hides the item from feeds. is_high_value: feeds react at once. '
  'cancels: the type whose state this one switches off.';

insert into jophiel.interaction_types (interaction_type, weight, is_state, is_definitive, is_high_value, cancels) values
  ('follow', 0.6, true, false, true, null),
  ('unfollow', 0, true, false, true, 'follow'),
  ('like', 1.0, true, true, true, null),
  ('dislike', -1.0, true, true, true, null),
  ('share', 0.8, false, false, true, null),
  ('comment', 0.8, false, false, true, null),
  ('add_to_board', 0.9, true, false, true, null),
  ('play', 0.2, false, false, false, null),
  ('click', 0.3, false, false, false, null),
  ('view', 0.1, false, false, false, null),
  ('skip', -0.3, false, false, false, null),
  ('unlike', 0, true, false, true, 'like'),
  ('undislike', 0, true, false, true, 'dislike'),
  ('remove_from_board', 0, true, false, true, 'add_to_board');

-- ---------------------------------------------------------------- items and their vectors

create table jophiel.features (
  feature   text             not null,
  kind      text             not null,
  source    text             not null,
  domain    text,
  weight    double precision not null default 1,
  min_value double precision,
  max_value double precision,
  constraint features_pkey primary key (feature),
  constraint features_kind_check check (kind in ('number', 'category', 'tags', 'text', 'embedding')),
  constraint features_weight_check check (weight > 0 and weight <= 100),
  constraint features_range_check check (kind <> 'number' or min_value < max_value)
);
comment on table jophiel.features is
  'jophiel:reference The feature schema: how an item''s document (metadata plus title, description, tags) becomes its '
  'content vector. source: dotted path in the document. domain: null for every domain. Edited by the operator; the next '
  'batch vectorises anew.';

insert into jophiel.features (feature, kind, source, weight) values
  ('tags', 'tags', 'tags', 1.0),
  ('title', 'text', 'title', 0.3),
  ('description', 'text', 'description', 0.3);

create table jophiel.feature_schemas (
  version    integer     not null,
  features   jsonb       not null,
  item_count bigint      not null,
  is_active  boolean     not null default false,
  created_at timestamptz not null,
  constraint feature_schemas_pkey primary key (version)
);
create unique index feature_schemas_is_active_idx on jophiel.feature_schemas (is_active) where is_active;
comment on table jophiel.feature_schemas is
  'jophiel:reference Frozen versions of the feature schema with their vocabulary (terms). One is active; vectors and '
  'tastes are in its coordinates. A version that is not active yet is being vectorised in the background.';

comment on index jophiel.feature_schemas_is_active_idx is 'One version is active.';

-- Enough for the very first items: every term in the tail. The first batch counts a vocabulary.
insert into jophiel.feature_schemas (version, features, item_count, is_active, created_at) values
  (0,
   '[{"kind": "text", "source": "description", "weight": 0.3, "feature": "description"},
     {"kind": "tags", "source": "tags", "weight": 1, "feature": "tags"},
     {"kind": "text", "source": "title", "weight": 0.3, "feature": "title"}]',
   0, true, '2026-01-01T00:00:00Z');

create table jophiel.terms (
  version    integer not null,
  feature    text    not null,
  term       text    not null,
  item_count bigint  not null,
  idf        real    not null,
  coordinate integer,
  constraint terms_pkey primary key (version, feature, term),
  constraint terms_version_fkey foreign key (version) references jophiel.feature_schemas (version) on delete cascade
);
comment on table jophiel.terms is
  'jophiel:reference The vocabulary of a schema version: folded terms, how many items have them, inverse document '
  'frequency, and the coordinate that a frequent term has for itself (null: hashed into the tail).';

create table jophiel.items (
  item_id     bigint      not null,
  domain      text        not null default 'default',
  creator_id  bigint,
  title       text        not null default '',
  description text        not null default '',
  tags        text[]      not null default '{}',
  metadata    jsonb       not null default '{}',
  search      tsvector    not null default '',
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  deleted_at  timestamptz,
  constraint items_pkey primary key (item_id),
  constraint items_domain_check check (domain <> ''),
  constraint items_metadata_check check (jsonb_typeof(metadata) = 'object')
);
create index items_domain_idx on jophiel.items (domain, item_id) where deleted_at is null;
create index items_creator_id_idx on jophiel.items (creator_id) where deleted_at is null;
create index items_created_at_idx on jophiel.items (created_at) where deleted_at is null;
create index items_deleted_at_idx on jophiel.items (deleted_at) where deleted_at is not null;
create index items_tags_idx on jophiel.items using gin (tags);
create index items_metadata_idx on jophiel.items using gin (metadata jsonb_path_ops);
create index items_search_idx on jophiel.items using gin (search);
comment on table jophiel.items is
  'jophiel:reference The catalogue. A deleted item stays as a tombstone (deleted_at), so that what it taught about '
  'people''s tastes stays true; it has no row in item_vectors and is never recommended.';

create table jophiel.item_signals (
  item_id bigint         not null,
  version integer        not null,
  signal  public.halfvec not null,
  constraint item_signals_pkey primary key (item_id)
);
alter table jophiel.item_signals alter column signal set storage plain;
comment on table jophiel.item_signals is
  'jophiel:reference What a user''s taste receives when the user acts on the item: content block (unit length or zero) and '
  'collaborative block. Deleted items keep theirs.';

create table jophiel.item_vectors (
  item_id       bigint           not null,
  creator_id    bigint,
  created_epoch double precision not null,
  cell          integer          not null default 0,
  domain        text             not null,
  offer         public.halfvec   not null,
  constraint item_vectors_pkey primary key (item_id)
);
alter table jophiel.item_vectors alter column offer set storage plain;
create index item_vectors_cell_idx on jophiel.item_vectors (cell);
-- Covering: the newest items of eighteen followed creators are read from eighteen leaves instead of some hundreds of heap pages, which
-- makes a recompute a quarter faster for the price of the vectors a second time.
create index item_vectors_creator_id_created_epoch_item_id_idx on jophiel.item_vectors (creator_id, created_epoch desc, item_id)
  include (cell, domain, offer);
create index item_vectors_domain_created_epoch_idx on jophiel.item_vectors (domain, created_epoch desc);
create index item_vectors_created_epoch_idx on jophiel.item_vectors (created_epoch desc);
comment on table jophiel.item_vectors is
  'jophiel:reference What is searched and scored, apart from the wide catalogue and physically in the order of its cells. '
  'created_epoch: seconds since 1970 of the item''s creation; cell 0: not assigned yet.';

create table jophiel.item_stats (
  item_id      bigint      not null,
  interactions bigint      not null default 0,
  mass         double precision not null default 0,
  popularity   real        not null default 0,
  updated_at   timestamptz not null,
  constraint item_stats_pkey primary key (item_id)
);
create index item_stats_popularity_idx on jophiel.item_stats (popularity desc, item_id);
comment on table jophiel.item_stats is
  'jophiel:reference Counters of items. mass: time-decayed sum of positive weights; popularity: its logarithm on a scale of '
  '0 to 1. Apart from item_vectors, because counting must not rewrite vectors.';

create table jophiel.creators (
  creator_id bigint         not null,
  item_count bigint         not null,
  signal     public.halfvec not null,
  updated_at timestamptz    not null,
  constraint creators_pkey primary key (creator_id)
);
comment on table jophiel.creators is
  'jophiel:reference The centroid (unit length, by block) of each creator''s items, which a follow moves the taste towards.';

create table jophiel.creator_changes (
  creator_id bigint      not null,
  changed_at timestamptz not null,
  constraint creator_changes_pkey primary key (creator_id)
);
comment on table jophiel.creator_changes is
  'jophiel:reference Creators who gained, lost or changed an item: the batch computes their centroids anew.';

create table jophiel.item_changes (
  item_id    bigint      not null,
  stage      text        not null,
  changed_at timestamptz not null,
  constraint item_changes_pkey primary key (item_id, stage),
  constraint item_changes_stage_check check (stage in ('vectorise', 'match'))
);
comment on table jophiel.item_changes is
  'jophiel:reference Items that wait for a stage of the batch: vectorise (imported without a vector), match (new or changed: '
  'whose feeds could they enter?).';

create table jophiel.staged_vectors (
  item_id bigint         not null,
  version integer        not null,
  signal  public.halfvec not null,
  constraint staged_vectors_pkey primary key (item_id)
);
comment on table jophiel.staged_vectors is
  'jophiel:reference Vectors of the schema version that is being built, until all are there and it is made active at once.';

create table jophiel.cells (
  cell       integer        not null,
  domain     text           not null,
  parent     integer        not null,
  item_count bigint         not null default 1,
  centre     public.halfvec not null,
  constraint cells_pkey primary key (cell)
);
alter table jophiel.cells alter column centre set storage plain;
create index cells_domain_parent_idx on jophiel.cells (domain, parent);
comment on table jophiel.cells is
  'jophiel:reference k-means cells of a domain''s offers, in two levels: parent 0 marks a coarse cell, a neighbourhood of the fine cells that items '
  'belong to. item_count: when the cells were built.';

create table jophiel.cell_builds (
  domain      text        not null,
  item_count  bigint      not null,
  cell_count  integer     not null,
  built_at    timestamptz not null,
  probe_items integer,
  overlap     jsonb       not null default '{}',
  constraint cell_builds_pkey primary key (domain)
);
comment on table jophiel.cell_builds is 'jophiel:reference When a domain''s cells were built and over how many items. probe_items: how many items a user''s probe reads, chosen by '
  'jophiel.tune_probes() (null: the setting); overlap: what it measured.';

-- ---------------------------------------------------------------- policies and feed definitions

create table jophiel.scoring_policies (
  policy            text             not null,
  similarity        double precision not null default 1.0,
  collaborative     double precision not null default 1.0,
  following         double precision not null default 0.5,
  novelty           double precision not null default 0.2,
  novelty_half_life interval         not null default '48 hours',
  popularity        double precision not null default 0,
  cold_popularity   double precision not null default 0.3,
  penalty           double precision not null default -1000,
  constraint scoring_policies_pkey primary key (policy),
  constraint scoring_policies_range_check check (
    similarity between 0 and 100 and collaborative between 0 and 100 and following between 0 and 100
    and novelty between 0 and 100 and popularity between 0 and 100 and cold_popularity between 0 and 100
    and penalty between -1e6 and 0),
  constraint scoring_policies_half_life_check check (novelty_half_life >= '1 second'),
  constraint scoring_policies_some_weight_check check (similarity + collaborative + following + novelty + popularity > 0)
);
comment on table jophiel.scoring_policies is
  'jophiel:reference Weights of the score: similarity and collaborative (cosine of the taste''s and the offer''s block), following '
  '(1 where the creator is followed), novelty (1 at creation, half after novelty_half_life), popularity (0 to 1; cold_popularity '
  'is added in full for a user without interactions, fading to nothing at cold_events), penalty (once for what the user has definitively acted on).';

insert into jophiel.scoring_policies (policy) values ('default');

create table jophiel.feed_definitions (
  feed            text             not null,
  policy          text             not null default 'default',
  domain          text,
  filter          jsonb            not null default '{}',
  size            integer          not null default 200,
  diversity       double precision not null default 0,
  creator_cap     integer,
  exploration     integer          not null default 0,
  max_age         interval         not null default '6 hours',
  is_scheduled    boolean          not null default true,
  content_version bigint           not null default 0,
  constraint feed_definitions_pkey primary key (feed),
  constraint feed_definitions_policy_fkey foreign key (policy) references jophiel.scoring_policies (policy),
  constraint feed_definitions_feed_check check (feed <> ''),
  constraint feed_definitions_filter_check check (jsonb_typeof(filter) = 'object'),
  constraint feed_definitions_size_check check (size between 1 and 1000),
  constraint feed_definitions_diversity_check check (diversity between 0 and 1),
  constraint feed_definitions_creator_cap_check check (creator_cap > 0),
  constraint feed_definitions_exploration_check check (exploration between 0 and 100)
);
comment on table jophiel.feed_definitions is
  'jophiel:reference Feeds that are materialised for every user. domain: null for all. filter: see jophiel.find_filtered_items(). diversity: share of '
  'MMR that goes to being unlike what stands above (0: none). creator_cap: items of one creator at most. exploration: items of the feed '
  'that are drawn at random, the same for the same user, day and feed. max_age: recomputed at least this often. is_scheduled: the batch keeps it fresh. '
  'content_version: raised by the batch when much of the catalogue has changed.';

insert into jophiel.feed_definitions (feed) values ('main');

-- ---------------------------------------------------------------- what a user owns

create table jophiel.users (
  user_id    bigint      not null,
  profile    jsonb       not null default '{}',
  interests  text[]      not null default '{}',
  locale     text        not null default '',
  time_zone  text        not null default 'UTC',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint users_pkey primary key (user_id),
  constraint users_profile_check check (jsonb_typeof(profile) = 'object')
);
comment on table jophiel.users is 'jophiel:user People who have feeds.';

create table jophiel.follows (
  user_id     bigint      not null,
  creator_id  bigint      not null,
  is_active   boolean     not null default true,
  happened_at timestamptz not null,
  event_id    uuid        not null,
  constraint follows_pkey primary key (user_id, creator_id)
);
create index follows_creator_id_idx on jophiel.follows (creator_id) where is_active;
comment on table jophiel.follows is
  'jophiel:user Who follows which creator: the latest event by (happened_at, event_id) wins, so an unfollow stays as is_active = false.';

create table jophiel.interactions (
  user_id          bigint      not null,
  event_id         uuid        not null,
  item_id          bigint      not null,
  interaction_type text        not null,
  weight           real,
  is_active        boolean     not null default true,
  happened_at      timestamptz not null,
  received_at      timestamptz not null,
  details          jsonb,
  constraint interactions_pkey primary key (user_id, event_id),
  constraint interactions_interaction_type_fkey foreign key (interaction_type)
    references jophiel.interaction_types (interaction_type),
  constraint interactions_weight_check check (weight between -100 and 100)
);
create index interactions_user_id_item_id_idx on jophiel.interactions (user_id, item_id);
create index interactions_item_id_idx on jophiel.interactions (item_id);
comment on table jophiel.interactions is
  'jophiel:user The log of everything users did, and the input of tastes. weight: null for the type''s. is_active: false for what counts no '
  'more (a like that was taken back or repeated later) and for events that only cancel.';

create table jophiel.tastes (
  user_id     bigint           not null,
  taste       public.vector    not null,
  as_of       timestamptz      not null,
  mass        double precision not null default 0,
  event_count integer          not null default 0,
  version     bigint           not null default 0,
  stale_since timestamptz,
  constraint tastes_pkey primary key (user_id)
);
alter table jophiel.tastes alter column taste set storage plain;
create index tastes_stale_since_idx on jophiel.tastes (stale_since) where stale_since is not null;
comment on table jophiel.tastes is
  'jophiel:user The weighted, time-decayed sum of signals of what a user did, as of the newest active event. mass: the same sum of absolute weights. '
  'event_count: active interactions and follows. version: raised by every change that can change a feed. stale_since: must be rebuilt from the log.';

-- Half of each page stays free: a batch replaces all rows of a page in one transaction, and the old ones make room only after it. With 70 the
-- table doubled (feeds of 50 and of 200 items alike) and stayed so; with 50 it keeps its size (tests/sql/feeds/test_storage.py).
create table jophiel.feeds (
  user_id       bigint      not null,
  feed          text        not null,
  generation    bigint      not null,
  computed_at   timestamptz not null,
  taste_version bigint      not null,
  inputs_hash   bigint      not null,
  item_ids      bigint[]    not null,
  scores        real[]      not null,
  constraint feeds_pkey primary key (user_id, feed),
  constraint feeds_lengths_check check (cardinality(item_ids) = cardinality(scores)),
  constraint feeds_feed_fkey foreign key (feed) references jophiel.feed_definitions (feed) on delete cascade
) with (fillfactor = 50);
alter table jophiel.feeds alter column item_ids set storage plain;
alter table jophiel.feeds alter column scores set storage plain;
comment on table jophiel.feeds is
  'jophiel:user One row a user and feed: the items in order, their scores, and from what they were computed (taste_version, inputs_hash of '
  'definition and policy). generation names the version that pages are cut from.';

create table jophiel.feed_marks (
  user_id   bigint      not null,
  feed      text        not null,
  marked_at timestamptz not null,
  constraint feed_marks_pkey primary key (user_id, feed)
);
comment on table jophiel.feed_marks is 'jophiel:user Feeds that a new item could enter; the batch recomputes them.';

create table jophiel.collections (
  user_id       bigint      not null,
  collection_id bigint      not null,
  title         text        not null default '',
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  constraint collections_pkey primary key (user_id, collection_id)
);
create index collections_collection_id_idx on jophiel.collections (collection_id);
comment on table jophiel.collections is 'jophiel:user Boards, playlists, shelves: sets of items that a user made.';

create table jophiel.collection_items (
  user_id       bigint      not null,
  collection_id bigint      not null,
  item_id       bigint      not null,
  is_active     boolean     not null default true,
  happened_at   timestamptz not null,
  event_id      uuid        not null,
  constraint collection_items_pkey primary key (user_id, collection_id, item_id)
);
create index collection_items_collection_id_idx on jophiel.collection_items (collection_id) where is_active;
create index collection_items_item_id_idx on jophiel.collection_items (item_id);
comment on table jophiel.collection_items is
  'jophiel:user What is in a collection: the latest event by (happened_at, event_id) wins.';

-- ---------------------------------------------------------------- caches and timings

create table jophiel.recommendation_cache (
  kind       text           not null,
  subject_id bigint         not null,
  query      public.halfvec not null,
  item_ids   bigint[]       not null,
  scores     real[]         not null,
  created_at timestamptz    not null,
  constraint recommendation_cache_pkey primary key (kind, subject_id)
);
create index recommendation_cache_item_ids_idx on jophiel.recommendation_cache using gin (item_ids);
comment on table jophiel.recommendation_cache is
  'jophiel:local Answers of similar_items (kind similar) and collection_ideas (ideas), up to 100 items each. query: the vector that they are '
  'nearest to; a change of it, of an item in the answer, a new item that beats the last of them, or age makes them anew.';

create table jophiel.timings (
  run_id        uuid             not null,
  stage         text             not null,
  processed     bigint           not null,
  chunk         bigint           not null,
  chunk_seconds double precision not null,
  total_seconds double precision not null,
  finished_at   timestamptz      not null,
  constraint timings_pkey primary key (run_id, stage, processed)
);
create index timings_finished_at_idx on jophiel.timings (finished_at);
comment on table jophiel.timings is
  'jophiel:local How long every stage took: a row for each chunk, cut at 10, 100, 1000 and every further 1000 items or users. processed, total_seconds: '
  'since the stage began in that run; chunk, chunk_seconds: of this row.';
