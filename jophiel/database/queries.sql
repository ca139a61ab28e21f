-- Every statement that Python sends, but for those of the installer. One method of the gateway uses each.
-- Parameters are named: %(user_id)s. Columns are listed, never `*`: a prepared `select *` breaks after ALTER TABLE.

-- name: server_version
-- The number of the server and pgvector's version: the one of this database, otherwise the one that could be installed.
select current_setting('server_version_num')::integer as server_version,
       coalesce((select e.extversion
                   from pg_catalog.pg_extension as e
                  where e.extname = 'vector'),
                (select a.default_version
                   from pg_catalog.pg_available_extensions as a
                  where a.name = 'vector')) as pgvector_available;

-- name: is_installed
-- Whether the schema jophiel is there.
select pg_catalog.to_regnamespace('jophiel') is not null as installed;

-- name: has_meta
-- Whether the migrations have run, by whatever means.
select pg_catalog.to_regclass('jophiel.meta') is not null as found;

-- name: meta
-- One value of the installation.
select m.value
  from jophiel.meta as m
 where m.name = %(name)s;

-- name: put_meta
-- Sets one value of the installation.
insert into jophiel.meta (name, value)
values (%(name)s, %(value)s)
on conflict (name) do update
   set value = excluded.value;

-- name: try_installer_lock
-- One installer at a time; held by the session, so that a killed installer frees it.
select pg_catalog.pg_try_advisory_lock(%(key)s) as taken;

-- name: release_installer_lock
-- The end of an installer.
select pg_catalog.pg_advisory_unlock(%(key)s) as released;

-- name: has_bookkeeping
-- Whether an installer was here before.
select pg_catalog.to_regclass('jophiel_migrations.hashes') is not null as found;

-- name: create_bookkeeping_schema
-- Apart from the schema jophiel, which must be the same for an installation by psql.
create schema if not exists jophiel_migrations;

-- name: create_bookkeeping_hashes
-- yoyo hashes names; these are the hashes of the files.
create table if not exists jophiel_migrations.hashes (
  migration_id text primary key,
  sha256       text not null
);

-- name: applied_migrations
-- What was applied, with the hash of the file as it was then.
select h.migration_id, h.sha256
  from jophiel_migrations.hashes as h
 order by h.migration_id;

-- name: note_migration
-- Written in the transaction of the migration itself.
insert into jophiel_migrations.hashes (migration_id, sha256)
values (%(migration_id)s, %(sha256)s)
on conflict (migration_id) do nothing;

-- name: quiet_notices
-- `drop ... if exists` tells about everything that is not there.
set local client_min_messages = warning;

-- name: drop_schemas
-- All that Jophiel has in this database.
drop schema if exists jophiel, jophiel_migrations cascade;

-- name: create_import_staging
-- The temporary tables of an import; they go with its transaction.
select jophiel._create_import_staging();

-- name: copy_staged_items
-- Items as their file has them.
copy pg_temp.staged_items (line, item_id, domain, creator_id, title, description, tags, metadata, created_at) from stdin;

-- name: copy_staged_users
-- Users as the generator of sample data makes them.
copy pg_temp.staged_users (line, user_id, profile, interests, locale, created_at) from stdin;

-- name: copy_staged_follows
-- Follows as their file has them.
copy pg_temp.staged_follows (line, user_id, creator_id, ts) from stdin;

-- name: copy_staged_collections
-- Collections as the generator of sample data makes them.
copy pg_temp.staged_collections (line, user_id, collection_id, title, item_id, ts) from stdin;

-- name: copy_staged_interactions
-- Interactions as their file has them.
copy pg_temp.staged_interactions (line, user_id, item_id, type, weight, ts) from stdin;

-- name: check_staged_items
-- How many staged items are bad; they leave the staging table.
select jophiel._check_staged_items();

-- name: check_staged_follows
-- How many staged follows are bad; they leave the staging table.
select jophiel._check_staged_follows();

-- name: check_staged_interactions
-- How many staged interactions are bad; they leave the staging table.
select jophiel._check_staged_interactions();

-- name: staged_faults
-- The first bad rows of a part of the import, for a message.
select f.line, f.reason
  from jophiel._staged_faults(%(part)s, %(limit)s) as f;

-- name: import_items
-- How many staged items were new or changed.
select jophiel._import_items();

-- name: import_users
-- How many staged users were new or changed.
select jophiel._import_users();

-- name: import_follows
-- How many staged follows were new.
select jophiel._import_follows();

-- name: import_collections
-- How many staged items of collections were new.
select jophiel._import_collections();

-- name: import_interactions
-- How many staged interactions were new.
select jophiel._import_interactions();

-- name: analyze_imported
-- The planner must know of a million new rows before the batch starts.
analyze jophiel.items, jophiel.item_changes, jophiel.users, jophiel.follows, jophiel.collections, jophiel.collection_items,
        jophiel.interactions, jophiel.tastes, jophiel.keys;

-- name: feed_exists
-- Whether there is a feed definition of that name.
select exists (
         select from jophiel.feed_definitions as d where d.feed = %(feed)s
       ) as found;

-- name: copy_feeds
-- The top of everybody's feed in the application's own keys; like get_feed() without items that were deleted since, and without gaps.
copy (
  select coalesce(uk.key, f.user_id::text), e.rank, coalesce(ik.key, e.item_id::text), e.score
    from jophiel.feeds as f
   cross join lateral (
           select u.item_id, u.score, row_number() over (order by u.place) as rank
             from unnest(f.item_ids, f.scores) with ordinality as u (item_id, score, place)
            where exists (select from jophiel.item_vectors as h where h.item_id = u.item_id)
            order by u.place
            limit %(top)s) as e
    left join jophiel.keys as uk on uk.kind = 'user' and uk.id = f.user_id
    left join jophiel.keys as ik on ik.kind = 'item' and ik.id = e.item_id
   where f.feed = %(feed)s
   order by f.user_id, e.rank
) to stdout (format csv);

-- name: copy_feeds_of_users
-- The same for some users, in their order.
copy (
  select u.key, e.rank, coalesce(ik.key, e.item_id::text), e.score
    from unnest(%(users)s::text[]) with ordinality as u (key, ordinal)
    join jophiel.feeds as f on f.user_id = jophiel.key_id(u.key) and f.feed = %(feed)s
   cross join lateral (
           select i.item_id, i.score, row_number() over (order by i.place) as rank
             from unnest(f.item_ids, f.scores) with ordinality as i (item_id, score, place)
            where exists (select from jophiel.item_vectors as h where h.item_id = i.item_id)
            order by i.place
            limit %(top)s) as e
    left join jophiel.keys as ik on ik.kind = 'item' and ik.id = e.item_id
   order by u.ordinal, e.rank
) to stdout (format csv);

-- name: users_without_feed
-- How many of some users are unknown, and how many are known and have no feed of that name.
select count(*) filter (where u.user_id is null) as unknown,
       count(*) filter (where u.user_id is not null and coalesce(cardinality(f.item_ids), 0) = 0) as feedless
  from unnest(%(users)s::text[]) as k (key)
  left join jophiel.users as u on u.user_id = jophiel.key_id(k.key)
  left join jophiel.feeds as f on f.user_id = u.user_id and f.feed = %(feed)s;

-- name: record_timing
-- One reading of a stopwatch.
select jophiel.record_timing(%(run_id)s, %(stage)s, %(processed)s, %(chunk)s, %(chunk_seconds)s, %(total_seconds)s);

-- name: timing_summary
-- The last run of every stage.
select s.stage, s.run_id, s.processed, s.seconds, s.per_second, s.first_10_seconds, s.first_100_seconds, s.first_1000_seconds,
       s.finished_at
  from jophiel.timing_summary as s
 order by s.finished_at, s.stage;

-- name: timings_of_run
-- Every reading of one run.
select t.run_id, t.stage, t.processed, t.chunk, t.chunk_seconds, t.total_seconds
  from jophiel.timings as t
 where t.run_id = %(run_id)s
 order by t.finished_at, t.stage, t.processed;

-- name: batch_stages
-- The stages of the batch, in their order.
select s.stage, s.pending
  from jophiel._batch_stages() as s;

-- name: run_batch_step
-- One chunk of one stage; a transaction of its own.
select jophiel._run_batch_step(%(stage)s, %(limit)s);

-- name: domains
-- Whose cells there are to build.
select i.domain
  from jophiel.items as i
 where i.deleted_at is null
 group by i.domain
 order by i.domain;

-- name: build_cells
-- How many cells the domain has now.
select jophiel.build_cells(%(domain)s);

-- name: calibrate
-- What the cells cost: a row a measure.
select c.measure, c.users, c.mean, c.minimum
  from jophiel.calibrate(%(domain)s) as c;

-- name: rebuild_taste
-- One user's taste, from the log.
select jophiel._rebuild_tastes(array[jophiel._find_id('user', %(user)s)]);

-- name: recompute_feed
-- One user's feed, now.
select jophiel.recompute_feed(p_user_id => jophiel._find_id('user', %(user)s), p_feed => %(feed)s);

-- name: describe_taste
-- A taste in words.
select jophiel.describe_taste(%(user)s::text, %(limit)s);

-- name: get_feed
-- The top of a feed, with what people know the items by. A left join, or an empty catalogue would hide the function's errors.
select f.rank, jophiel.external_key('item', f.item_id) as item_id, f.score, coalesce(i.title, '') as title,
       jophiel.external_key('user', i.creator_id) as creator_id
  from jophiel.get_feed(p_user_id => jophiel._find_id('user', %(user)s), p_feed => %(feed)s, p_limit => %(limit)s) as f
  left join jophiel.items as i on i.item_id = f.item_id
 order by f.rank;

-- name: recommend
-- The top of a feed made on demand, by options of the caller's own.
select r.rank, jophiel.external_key('item', r.item_id) as item_id, r.score, coalesce(i.title, '') as title,
       jophiel.external_key('user', i.creator_id) as creator_id
  from jophiel.recommend(jophiel._find_id('user', %(user)s), %(options)s::jsonb, %(feed)s, %(limit)s) as r
  left join jophiel.items as i on i.item_id = r.item_id
 order by r.rank;

-- name: explain_score
-- Where a score comes from.
select e.component, e.weight, e.value, e.contribution
  from jophiel.explain_score(jophiel._find_id('user', %(user)s), jophiel._find_id('item', %(item)s), %(feed)s) as e;

-- name: similar_items
-- Items like one, with what people know them by.
select jophiel.external_key('item', s.item_id) as item_id, s.score, coalesce(i.title, '') as title
  from jophiel.similar_items(%(item)s::text, %(limit)s) as s
  left join jophiel.items as i on i.item_id = s.item_id
 order by s.rank;

-- name: has_item
-- Whether something can be liked at once.
select exists (select from jophiel.items as i where i.item_id = jophiel.key_id(%(item)s) and i.deleted_at is null);

-- name: item_title
-- What an item is called.
select i.title
  from jophiel.items as i
 where i.item_id = jophiel.key_id(%(item)s)
   and i.deleted_at is null;

-- name: sync_keys
-- The application's ids in the order in which they are hashed; read with a cursor.
select k.key
  from jophiel._sync_keys(%(kind)s) as k (key);

-- name: now
-- The time that the engine goes by.
select jophiel._now();

-- name: has_default_features
-- Whether nobody has chosen features of their own yet.
select count(*) = 3 and bool_and((f.feature, f.kind, f.source) in (
         ('tags', 'tags', 'tags'), ('title', 'text', 'title'), ('description', 'text', 'description')
       ))
  from jophiel.features as f;

-- name: record_interaction
-- One thing that a user did, by the application's keys.
select jophiel.record_interaction(%(user)s::text, %(item)s::text, %(type)s);

-- name: record_interactions
-- What users did, all or nothing.
select r.outcome
  from jophiel.record_interactions(%(interactions)s::jsonb) with ordinality as r (event_id, outcome, ordinal)
 order by r.ordinal;

-- name: upsert_items
-- Items, all or nothing.
select r.outcome
  from jophiel.upsert_items(%(items)s::jsonb) with ordinality as r (item_id, outcome, ordinal)
 order by r.ordinal;

-- name: upsert_users
-- Users, all or nothing.
select r.outcome
  from jophiel.upsert_users(%(users)s::jsonb) with ordinality as r (user_id, outcome, ordinal)
 order by r.ordinal;

-- name: drop_demo_database
-- The demonstration has a database of its own, so that it never touches anybody's data.
drop database if exists jophiel_demo with (force);

-- name: create_demo_database
-- Empty, to be installed.
create database jophiel_demo;

-- name: demo_user
-- Somebody with a clear taste whose feed still moves: some interactions, a few follows.
select t.user_id::text
  from jophiel.tastes as t
  join jophiel.users as u on u.user_id = t.user_id
 where t.event_count between 15 and 45
 order by jsonb_array_length(u.profile -> 'planted_groups'),
          abs(3 - (select count(*) from jophiel.follows as f where f.user_id = t.user_id and f.is_active)),
          t.user_id
 limit 1;

-- The HTTP API. Its role may execute the functions jophiel.api_*, and nothing else; each answers with JSON text that is sent as it is.

-- name: api_feed_pages
-- The feeds that many requests wait for, in one statement; requests without a row go to api_feed_page.
select p.place, p.body
  from jophiel.api_feed_pages(%(users)s::text, %(feeds)s::text, %(pages)s::text, %(per_pages)s::text, %(scored)s::text, %(bases)s::text) as p;

-- name: api_feed_page
-- One page, the careful way.
select jophiel.api_feed_page(%(user)s::text, %(feed)s::text, %(page)s::integer, %(per_page)s::integer, %(scored)s::boolean, %(base)s::text);

-- name: api_feed
-- A feed by cursor.
select jophiel.api_feed(%(user)s::text, %(feed)s::text, %(limit)s::integer, %(offset)s::integer, %(generation)s::bigint, %(exclude)s::text[],
                        %(reasons)s::boolean, %(options)s::jsonb);

-- name: api_embedding_model
-- The model whose embeddings are in the vectors in use.
select jophiel.api_embedding_model();

-- name: api_taste
-- A taste in words.
select jophiel.api_taste(%(user)s::text, %(limit)s::integer);

-- name: api_search
-- A page of a search.
select jophiel.api_search(%(query)s::text, %(user)s::text, %(domain)s::text, %(page)s::integer, %(per_page)s::integer, %(base)s::text);

-- name: api_checksum
-- The checksum of a list of ids.
select jophiel.api_checksum(%(kind)s::text);

-- name: api_sync_keys
-- The list itself, for more ids than one value can hold.
select k.key
  from jophiel.api_sync_keys(%(kind)s::text) as k (key);

-- name: api_ids
-- A page of a list of ids.
select jophiel.api_ids(%(kind)s::text, %(after)s::text, %(limit)s::integer, %(base)s::text);

-- name: api_similar
-- Items like one.
select jophiel.api_similar(%(item)s::text, %(limit)s::integer, %(reasons)s::boolean);

-- name: api_ideas
-- Ideas for a board, of one user where one is given.
select jophiel.api_ideas(%(user)s::text, %(board)s::text, %(limit)s::integer);

-- name: api_explain
-- Why an item has its score.
select jophiel.api_explain(%(user)s::text, %(item)s::text, %(feed)s::text);

-- name: api_rerank
-- The caller's list in the order of a taste.
select jophiel.api_rerank(%(user)s::text, %(items)s::text[], %(policy)s::text, %(diversity)s::double precision);

-- name: api_user
-- One user.
select jophiel.api_user(%(user)s::text);

-- name: api_users
-- A page of the users.
select jophiel.api_users(%(after)s::bigint, %(limit)s::integer);

-- name: api_feed_versions
-- What users would read, as versions.
select jophiel.api_feed_versions(%(users)s::text[]);

-- name: api_put_users
-- Users, many at once.
select jophiel.api_put_users(%(users)s::jsonb);

-- name: api_put_user
-- One user; the key of the address wins over one in the document.
select jophiel.api_put_users(jsonb_build_array(%(document)s::jsonb || jsonb_build_object('user_id', %(user)s::text)));

-- name: api_delete_user
-- Nothing of the user remains.
select jophiel.api_delete_user(%(user)s::text);

-- name: api_item
-- One item.
select jophiel.api_item(%(item)s::text);

-- name: api_items
-- A page of the catalogue.
select jophiel.api_items(%(domain)s::text, %(tag)s::text, %(after)s::bigint, %(limit)s::integer);

-- name: api_items_by_key
-- Items by key, in the order of the keys.
select jophiel.api_items_by_key(%(items)s::text[]);

-- name: api_put_items
-- Items, many at once.
select jophiel.api_put_items(%(items)s::jsonb);

-- name: api_put_item
-- One item; the key of the address wins over one in the document.
select jophiel.api_put_items(jsonb_build_array(%(document)s::jsonb || jsonb_build_object('item_id', %(item)s::text)));

-- name: api_delete_item
-- Out of the catalogue.
select jophiel.api_delete_item(%(item)s::text);

-- name: api_ingest_events
-- Events; those of one user only, where one is given.
select jophiel.api_ingest_events(%(events)s::jsonb, %(user)s::text);

-- name: api_record_interactions
-- All or nothing, with a report; those of one user only, where one is given.
select jophiel.api_record_interactions(%(interactions)s::jsonb, %(user)s::text);

-- name: api_interactions
-- What a user did, the newest first.
select jophiel.api_interactions(%(user)s::text, %(type)s::text, %(before)s::timestamptz, %(before_id)s::uuid, %(limit)s::integer);

-- name: api_interaction_totals
-- How often a user did what.
select jophiel.api_interaction_totals(%(user)s::text);

-- name: api_set_follow
-- A follow or its end.
select jophiel.api_set_follow(%(user)s::text, %(creator)s::text, %(follows)s::boolean);

-- name: api_boards
-- The boards of a user.
select jophiel.api_boards(%(user)s::text);

-- name: api_put_board
-- A board and its title.
select jophiel.api_put_board(%(user)s::text, %(board)s::text, %(title)s::text);

-- name: api_set_board_item
-- An item joins a board or leaves it.
select jophiel.api_set_board_item(%(user)s::text, %(board)s::text, %(item)s::text, %(is_in)s::boolean);

-- name: api_recompute
-- One feed, now.
select jophiel.api_recompute(%(user)s::text, %(feed)s::text);

-- name: api_feeds
-- The feed definitions.
select jophiel.api_feeds();

-- name: api_define_feed
-- A feed definition, made or changed.
select jophiel.api_define_feed(%(feed)s::text, %(options)s::jsonb);

-- name: api_caches
-- The cached answers by kind.
select jophiel.api_caches();

-- name: api_clear_cache
-- Deletes cached answers.
select jophiel.api_clear_cache(%(kind)s::text);

-- name: api_timings
-- The last run of every stage.
select jophiel.api_timings();

-- name: api_status
-- What waits, and how old the feeds are.
select jophiel.api_status();

-- name: api_chunks
-- What the batch has done since.
select jophiel.api_chunks(%(after)s::timestamptz);

-- name: api_batch_stages
-- The stages of the batch in their order.
select s.stage
  from jophiel.api_batch_stages() as s (stage);

-- name: api_run_batch_step
-- One chunk of one stage.
select jophiel.api_run_batch_step(%(stage)s::text, %(limit)s::integer);

-- name: api_ready
-- Whether the door of the API is there, and of which release.
select jophiel.api_ready();

-- name: no_statement_timeout
-- A step of the batch takes what it takes; until the end of the transaction.
set local statement_timeout = 0;

-- name: create_api_role
-- The least privileged role, on the embedded server.
create role jophiel_api nologin;

-- name: has_role
-- Whether there is a role of that name.
select pg_catalog.to_regrole(pg_catalog.quote_ident(%(role)s::text)) is not null;

-- name: grant_api
-- What the API's role may call.
select jophiel.grant_api(%(role)s::name);

-- name: require_durable_commits
-- What was acknowledged to a broker must survive a crash of the server.
select set_config('synchronous_commit', 'on', false)
 where current_setting('synchronous_commit') = 'off';

-- name: ingest_events
-- In the order of the array.
select e.outcome, e.reason
  from jophiel.ingest_events(%(events)s::jsonb) as e
 order by e.number;

-- name: event_fields
-- What each event's fields are called.
select t.event_name, t.user_field, t.item_field, t.creator_field, t.collection_field, t.seconds_field, t.metadata_field, t.title_field, t.tags_field
  from jophiel.event_types as t;

-- name: is_logged
-- Whether an event has been applied.
select exists (
         select from jophiel.interactions as i
          where i.user_id = jophiel._find_id('user', %(user)s) and i.event_id = %(event_id)s::uuid);

-- name: cast_facts
-- What the scenarios look at: of their user everything, of their items (first to last) the titles.
select jsonb_build_object(
         'known', exists (select from jophiel.users as u where u.user_id = %(user)s),
         'profile', coalesce((select u.profile from jophiel.users as u where u.user_id = %(user)s), '{}'),
         'active', coalesce((select jsonb_agg(jsonb_build_array(i.interaction_type, i.item_id))
                               from jophiel.interactions as i
                              where i.user_id = %(user)s and i.is_active), '[]'),
         'logged', (select count(*) from jophiel.interactions as i where i.user_id = %(user)s),
         'follows', coalesce((select jsonb_agg(f.creator_id)
                                from jophiel.follows as f
                               where f.user_id = %(user)s and f.is_active), '[]'),
         'boards', coalesce((select jsonb_agg(c.item_id)
                               from jophiel.collection_items as c
                              where c.user_id = %(user)s and c.is_active), '[]'),
         'titles', coalesce((select jsonb_object_agg(i.item_id, i.title)
                               from jophiel.items as i
                              where i.item_id between %(first)s and %(last)s and i.deleted_at is null), '{}'));

-- name: try_scenarios_lock
-- The scenarios forget what others of them have left: never what one that still runs is at.
select pg_catalog.pg_try_advisory_lock(%(key)s) as taken;

-- name: forget_cast_users
-- A user whom no event has deleted, because the scenarios were interrupted.
select count(jophiel.delete_user(u.user_id))
  from jophiel.users as u
 where u.user_id between %(first)s and %(last)s;

-- name: forget_cast_items
-- Out of the feeds of others, too.
select count(jophiel.delete_item(i.item_id))
  from jophiel.items as i
 where i.item_id between %(first)s and %(last)s and i.deleted_at is null;

-- name: forget_cast_traces
-- What is kept of real items and users after they are deleted, and of the scenarios' is not.
with items as (
  delete from jophiel.items as i where i.item_id between %(first)s and %(last)s
), signals as (
  delete from jophiel.item_signals as i where i.item_id between %(first)s and %(last)s
), vectors as (
  delete from jophiel.item_vectors as i where i.item_id between %(first)s and %(last)s
), stats as (
  delete from jophiel.item_stats as i where i.item_id between %(first)s and %(last)s
), embeddings as (
  delete from jophiel.item_embeddings as i where i.item_id between %(first)s and %(last)s
), changes as (
  delete from jophiel.item_changes as i where i.item_id between %(first)s and %(last)s
), staged as (
  delete from jophiel.staged_vectors as i where i.item_id between %(first)s and %(last)s
), events as (
  delete from jophiel.item_events as i where i.item_id between %(first)s and %(last)s
), creators as (
  delete from jophiel.creators as c where c.creator_id between %(first)s and %(last)s
), creator_changes as (
  delete from jophiel.creator_changes as c where c.creator_id between %(first)s and %(last)s
), inbox as (
  delete from jophiel.inbox as i where i.user_id between %(first)s and %(last)s
)
delete from jophiel.user_tombstones as u
 where u.user_id between %(first)s and %(last)s;

-- Training (jophiel/database/modelling.py).

-- name: try_training_lock
-- One training at a time; held by the session, so that a killed training frees it.
select pg_catalog.pg_try_advisory_lock(%(key)s) as taken;

-- name: release_training_lock
-- The end of a training.
select pg_catalog.pg_advisory_unlock(%(key)s) as released;

-- name: setting
-- A setting of the engine that is a number.
select jophiel._setting(%(name)s);

-- name: log_facts
-- How much there is to learn from, until when it was received, and after when the newest %(limit)s happened.
select count(*) as interactions,
       max(i.received_at) as data_until,
       case
         when count(*) > %(limit)s then (select n.happened_at
                                           from jophiel.interactions as n
                                          where n.is_active
                                          order by n.happened_at desc
                                         offset %(limit)s
                                          limit 1)
       end as cut
  from jophiel.interactions as i
 where i.is_active;

-- name: copy_log
-- What everybody did, as rows of one length: 46 bytes in binary.
copy (
  select i.user_id, i.item_id, coalesce(i.weight, y.weight)::real, extract(epoch from i.happened_at)::double precision
    from jophiel.interactions as i
    join jophiel.interaction_types as y on y.interaction_type = i.interaction_type
   where i.is_active
     and i.happened_at > coalesce(%(cut)s::timestamptz, '-infinity'::timestamptz)
) to stdout (format binary);

-- name: copy_model_vectors
-- Both vectors of every item that a model knows.
copy jophiel.model_vectors (model_id, item_id, in_vector, out_vector) from stdin (format binary);

-- name: copy_item_neighbours
-- Its neighbour table.
copy jophiel.item_neighbours (model_id, item_id, neighbour_ids, weights) from stdin (format binary);

-- name: schema_version
-- The version of the feature schema whose coordinates content blocks are in.
select s.version
  from jophiel.feature_schemas as s
 where s.is_active;

-- name: put_content_map
-- One coordinate of a model's content map.
insert into jophiel.content_maps (model_id, coordinate, version, bias, factors)
values (%(model_id)s, %(coordinate)s, %(version)s, %(bias)s, %(factors)s::real[]::public.vector);

-- name: analyze_models
-- The planner must know of them before the first join.
analyze jophiel.model_vectors, jophiel.item_neighbours;

-- name: begin_model
-- A training begins.
select jophiel._begin_model(%(model_id)s, %(name)s, %(parameters)s);

-- name: finish_model
-- Everything is written.
select jophiel._finish_model(%(model_id)s, %(facts)s);

-- name: fail_model
-- Something went wrong.
select jophiel._fail_model(%(model_id)s, %(error)s);

-- name: activate_model
-- How many items are offered with the model's vectors now.
select jophiel.activate_model(%(model_id)s::uuid, %(force)s);

-- name: rollback_model
-- The id of the model that is in use again, null for none.
select jophiel.rollback_model();

-- name: training_due
-- What the batch is to train now.
select d.model_id, d.name, d.parameters
  from jophiel._training_due() as d;

-- name: api_training
-- What has been trained, and what is in use.
select jophiel.api_training(%(limit)s::integer);

-- name: api_model
-- One training.
select jophiel.api_model(%(model_id)s::uuid);

-- name: api_evaluations
-- What evaluations found.
select jophiel.api_evaluations(%(limit)s::integer);

-- name: keep_evaluation
-- An evaluation stays.
select jophiel._keep_evaluation(%(options)s::jsonb, %(found)s::jsonb);

-- name: api_request_training
-- Training on demand.
select jophiel.api_request_training(%(name)s::text, %(parameters)s::jsonb);

-- name: models
-- The newest models, whatever became of them.
select m.model_id, m.name, m.state, m.dimensions, m.parameters, m.weights, m.metrics, m.data_until, m.interactions, m.users, m.items,
       m.fit_seconds, m.write_seconds, m.peak_bytes, m.error, m.created_at, m.finished_at, m.activated_at
  from jophiel.models as m
 order by m.created_at desc, m.model_id
 limit %(limit)s;

-- name: score_settings
-- What the score depends on and training does not choose.
select (jophiel._event_settings()).taste_half_life_days as taste_half_life_days, jophiel._setting('neighbour_events') as neighbour_events,
       jophiel._setting('cold_events') as cold_events, p.cold_popularity
  from jophiel._policy('default') as p;

-- name: copy_contents
-- What items that are offered are made of: rows of one length.
copy (
  select h.item_id, public.subvector(h.offer, 1, jophiel._setting('content_dimensions')::integer)
    from jophiel.item_vectors as h
) to stdout (format binary);

-- name: create_scratch
-- Beside the database that is evaluated.
create database {database};

-- name: drop_scratch
-- Whoever is connected to it.
drop database if exists {database} with (force);

-- name: evaluated_configuration
-- What decides about vectors and scores and is not the log.
select (select jsonb_agg(to_jsonb(s)) from jophiel.settings as s) as settings,
       to_jsonb(jophiel._event_settings()) as event_settings,
       (select jsonb_agg(to_jsonb(f)) from jophiel.features as f) as features,
       (select to_jsonb(p) - array['policy', 'is_tuned', 'untuned'] from jophiel._policy('default') as p) as policy;

-- name: set_evaluated_settings
-- As they are in the database that is evaluated, but for the length of vectors, which the model decides about.
update jophiel.settings as s
   set value = n.value
  from jsonb_populate_recordset(null::jophiel.settings, %(settings)s) as n
 where n.name = s.name
   and n.name <> 'collaborative_dimensions';

-- name: set_evaluated_event_settings
-- As they are in the database that is evaluated.
update jophiel.event_settings as e
   set event_bytes = n.event_bytes,
       reaction_events = n.reaction_events,
       reaction_window = n.reaction_window,
       taste_half_life_days = n.taste_half_life_days
  from jsonb_populate_record(null::jophiel.event_settings, %(event_settings)s) as n
 where e.id = 1;

-- name: clear_features
-- To be replaced.
delete from jophiel.features as f;

-- name: set_evaluated_features
-- As they are in the database that is evaluated.
insert into jophiel.features (feature, kind, source, domain, weight, min_value, max_value)
select n.feature, n.kind, n.source, n.domain, n.weight, n.min_value, n.max_value
  from jsonb_populate_recordset(null::jophiel.features, %(features)s) as n;

-- name: copy_items_out
-- The catalogue, without what the engine made of it.
copy (
  select i.item_id, i.domain, i.creator_id, i.title, i.description, i.tags, i.metadata, i.search, i.created_at, i.updated_at
    from jophiel.items as i
   where i.deleted_at is null
) to stdout (format binary);

-- name: copy_items_in
-- Into the database beside.
copy jophiel.items (item_id, domain, creator_id, title, description, tags, metadata, search, created_at, updated_at) from stdin (format binary);

-- name: note_copied_items
-- They have no vectors yet.
insert into jophiel.item_changes (item_id, stage, changed_at)
select i.item_id, 'vectorise', jophiel._now()
  from jophiel.items as i
 order by i.item_id;

-- name: add_evaluated_type
-- All that is known of an event is its weight; what was seen is not offered again.
insert into jophiel.interaction_types (interaction_type, weight, is_definitive)
values ('evaluated', 1, true);

-- name: copy_evaluated_log
-- The part of the log that may be learnt from.
copy jophiel.interactions (user_id, event_id, item_id, interaction_type, weight, happened_at, received_at) from stdin;

-- name: settle_interactions
-- What recording them one by one would have done.
select jophiel._settle_interactions();

-- name: freeze_clock
-- The time at which feeds are asked for.
select set_config('jophiel.now', %(now)s, false);

-- name: define_policy
-- A policy with these weights.
select jophiel.define_policy(%(policy)s, %(options)s);

-- name: define_feed
-- A feed with these options.
select jophiel.define_feed(%(feed)s, %(options)s);

-- name: recompute_feeds
-- How many feeds were made.
select jophiel.recompute_feeds(%(user_ids)s, %(feed)s);

-- name: feeds_of
-- The top of the stored feeds of some users.
select f.user_id, f.item_ids[1:%(top)s] as item_ids
  from jophiel.feeds as f
 where f.feed = %(feed)s
   and f.user_id = any (%(user_ids)s);

-- name: active_model_facts
-- What the model in use was fitted with; none where there is none.
select m.name, m.dimensions, m.parameters, m.weights
  from jophiel.models as m
 where m.state = 'active';

-- name: embedding_model
-- The model whose embeddings are in the vectors in use; null where none are.
select jophiel._embedding_model();

-- name: count_unembedded
-- How many items a model has not embedded as they are now, or all.
select count(*)
  from jophiel.items as i
  left join jophiel.item_embeddings as e
    on e.item_id = i.item_id
   and e.model = %(model)s
 where i.deleted_at is null
   and (%(all)s::boolean or e.item_id is null or e.item_updated_at <> i.updated_at);

-- name: unembedded_items
-- The next items to embed.
select u.item_id, u.updated_at, u.words, u.text_sha256, u.is_known
  from jophiel._unembedded_items(%(model)s::text, %(after)s::bigint, %(all)s::boolean, %(limit)s::integer) as u;

-- name: put_embeddings
-- A chunk of embeddings, and the vectors that follow from them.
select jophiel._put_embeddings(
         %(model)s::text, %(item_ids)s::bigint[], %(updated_at)s::timestamptz[], %(hashes)s::bytea[], %(embeddings)s::text[]);

-- name: forget_embeddings
-- A model makes vectors of another length now: those of the old one go.
select jophiel._forget_embeddings(%(model)s::text, %(length)s::integer);

-- name: projection_is_due
-- Whether a model's embeddings need a projection.
select jophiel._projection_is_due(%(model)s::text);

-- name: embedding_sample
-- Embeddings of some items, always the same ones, as lists of numbers.
select e.embedding::real[]
  from jophiel.item_embeddings as e
 where e.model = %(model)s
   and e.embedding is not null
 order by hashint8(e.item_id), e.item_id
 limit %(limit)s;

-- name: count_embeddings
-- How many texts a model has embedded.
select count(*) from jophiel.item_embeddings as e where e.model = %(model)s and e.embedding is not null;

-- name: embedding_dimensions
-- How many coordinates embeddings have in the content block.
select jophiel._setting('embedding_dimensions')::integer;

-- name: put_projection
-- A projection of a model's embeddings comes into use.
select jophiel._put_projection(%(model)s::text, %(components)s::text[], %(item_count)s::bigint);
