-- Signatures that are no more, dropped before the current ones are created. Each line is idempotent:
--   drop function if exists jophiel.name(old argument types);
-- `create or replace` cannot remove a function, and a changed signature would leave the old one callable.
drop function if exists jophiel._rebuild_tastes(bigint[]);
drop function if exists jophiel._current_feed(bigint, text);
drop function if exists jophiel._apply_to_tastes(bigint[], uuid[]);
drop function if exists jophiel._move_tastes(bigint[], bigint[], bigint[], uuid[]);
drop function if exists jophiel.api_feed_pages(text[], text[], integer[], integer[], boolean[], text[]);
drop function if exists jophiel._mark_feeds(jophiel.feed_definitions, bigint[], timestamptz);
drop function if exists jophiel.api_record_interactions(jsonb);
drop function if exists jophiel._recent_events(timestamptz[], timestamptz[]);
drop function if exists jophiel._add_interaction(bigint, bigint, text, real, timestamptz, uuid, jsonb);
drop function if exists jophiel._check_interaction_type(text);
drop function if exists jophiel.collection_ideas(bigint, integer);
drop function if exists jophiel._interaction_fault(text, text, text, boolean, text, text);
drop function if exists jophiel._explain_scores(bigint, bigint[], text, timestamptz);
drop function if exists jophiel._explain_sums(bigint, bigint[], text, timestamptz);
drop function if exists jophiel._rerank(bigint, bigint[], real[], jophiel.feed_definitions, bigint[], timestamptz);
drop function if exists jophiel._explore(bigint, bigint[], real[], jophiel.feed_definitions, bigint[], timestamptz);
drop function if exists jophiel.api_feed(text, text, integer, integer, bigint, text[], boolean);
drop function if exists jophiel._forget_ideas(bigint[]);
drop function if exists jophiel._answer(text, bigint, text[], public.halfvec, bigint[], integer);
drop function if exists jophiel._find_nearest(text, public.halfvec, bigint[], integer);
drop function if exists jophiel._cached_answer(text, bigint, text[], public.halfvec, bigint[]);
drop function if exists jophiel.api_similar(text, integer);
-- Of the same signature, with another result: made anew below.
drop function if exists jophiel._read_events(jsonb);
drop function if exists jophiel._register_event_keys(jsonb);
drop function if exists jophiel._ingest_items(jsonb);
drop function if exists jophiel._ingest_users(jsonb);
drop function if exists jophiel._ingest_deletions(jsonb);
drop function if exists jophiel._ingest_follows(jsonb);
drop function if exists jophiel._ingest_collections(jsonb);
drop function if exists jophiel._ingest_mixed(jsonb);
drop function if exists jophiel._lock_events(jsonb);
