-- Signatures that are no more, dropped before the current ones are created, and at the end settings that moved. Each statement is idempotent:
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
drop function if exists jophiel._user_queries(bigint[], jophiel.scoring_policies);
drop function if exists jophiel._rank_items(bigint[], jophiel.scoring_policies, text, bigint[], integer, integer, timestamptz);
drop function if exists jophiel._explain_scores(bigint, bigint[], jophiel.scoring_policies, timestamptz);
drop function if exists jophiel._explain_reasons(bigint, bigint[], jophiel.scoring_policies, timestamptz);
drop function if exists jophiel._explain_sums(bigint, bigint[], jophiel.scoring_policies, timestamptz);
drop function if exists jophiel._explore(bigint, bigint[], real[], jophiel.feed_definitions, jophiel.scoring_policies, bigint[], timestamptz);
drop function if exists jophiel._rerank(bigint, bigint[], real[], jophiel.feed_definitions, jophiel.scoring_policies, bigint[], timestamptz);
drop function if exists jophiel._make_feeds(bigint[], jophiel.feed_definitions, jophiel.scoring_policies, timestamptz);
drop function if exists jophiel._requested_feed(bigint, jsonb, text, bigint);
drop function if exists jophiel._request_policy(jophiel.scoring_policies, jsonb);
drop function if exists jophiel.activate_model(uuid);
drop function if exists jophiel.query_vector(text);
drop function if exists jophiel._overlap(bigint[], jophiel.scoring_policies, text, integer, integer, timestamptz);
-- Of the same signature, with another result: made anew below.
drop function if exists jophiel._find_answer(text, bigint, text[], public.halfvec, bigint[], bigint[], real[], integer);
drop function if exists jophiel._user_queries(bigint[], jophiel.scoring_policies, public.vector);
drop function if exists jophiel._read_events(jsonb);
drop function if exists jophiel._schema_features(jsonb);
drop function if exists jophiel._register_event_keys(jsonb);
drop function if exists jophiel._ingest_items(jsonb);
drop function if exists jophiel._ingest_users(jsonb);
drop function if exists jophiel._ingest_deletions(jsonb);
drop function if exists jophiel._ingest_follows(jsonb);
drop function if exists jophiel._ingest_collections(jsonb);
drop function if exists jophiel._ingest_mixed(jsonb);
drop function if exists jophiel._lock_events(jsonb);

-- Settings that have become columns of event_settings, with what somebody made of them.
insert into jophiel.event_settings default values on conflict (id) do nothing;
with moved as (
  delete from jophiel.settings as s
   where s.name in ('event_bytes', 'reaction_events', 'reaction_window', 'taste_half_life_days')
  returning s.name, s.value::double precision as value
)
update jophiel.event_settings as e
   set event_bytes = coalesce((select m.value from moved as m where m.name = 'event_bytes'), e.event_bytes),
       reaction_events = coalesce((select m.value from moved as m where m.name = 'reaction_events'), e.reaction_events),
       reaction_window = coalesce((select m.value from moved as m where m.name = 'reaction_window'), e.reaction_window),
       taste_half_life_days = coalesce((select m.value from moved as m where m.name = 'taste_half_life_days'), e.taste_half_life_days)
 where e.id = 1;
