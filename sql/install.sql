-- The ordered manifest of everything that is replaced at an upgrade: functions, views, privileges.
--
--   psql "$(jophiel db url)" -f sql/install.sql       by hand, after the files of migrations/ in their order
--   jophiel db migrate                                the same, when the hash of these files has changed
--
-- The replay reads this file too: besides comments it may hold only the lines that are here and `\ir path`.
\set ON_ERROR_STOP on

begin;

set local client_min_messages = warning;

\ir retired.sql

-- common
\ir common/_now.sql
\ir common/_setting.sql
\ir common/_fold.sql
\ir common/key_id.sql
\ir common/_check_options.sql
\ir common/_create_import_staging.sql
\ir common/_staged_faults.sql
\ir common/_parse_time.sql
\ir common/_register_keys.sql
\ir common/register_key.sql
\ir common/external_key.sql
\ir common/_find_id.sql

-- items
\ir items/_document.sql
\ir items/_schema_features.sql
\ir items/_idf.sql
\ir items/_tail_coordinate.sql
\ir items/_json_number.sql
\ir items/_is_embedding.sql
\ir items/_document_terms.sql
\ir items/_document_values.sql
\ir items/_content_vectors.sql
\ir items/_check_embeddings.sql
\ir items/_item_search.sql
\ir items/_item_fault.sql
\ir items/_check_items.sql
\ir items/_read_items.sql
\ir items/_lock_schema_version.sql
\ir items/_offer_items.sql
\ir items/_vectorise_items.sql
\ir items/upsert_items.sql
\ir items/upsert_item.sql
\ir items/delete_item.sql
\ir items/refresh_popularity.sql
\ir items/_frozen_features.sql
\ir items/_feature_fault.sql
\ir items/set_features.sql
\ir items/feature_schema_is_stale.sql
\ir items/_count_terms.sql
\ir items/_begin_schema_version.sql
\ir items/_stage_items.sql
\ir items/_stage_vectors.sql
\ir items/_apply_staged_vectors.sql
\ir items/_recentre_cells.sql
\ir items/_activate_schema_version.sql
\ir items/revectorise.sql
\ir items/_vectorise_pending.sql
\ir items/vectorise_document.sql
\ir items/interest_vector.sql
\ir items/_check_staged_items.sql
\ir items/_import_items.sql

-- interactions
\ir interactions/_ensure_users.sql
\ir interactions/_new_event_id.sql
\ir interactions/_read_id.sql
\ir interactions/_read_time.sql
\ir interactions/_check_rows.sql
\ir interactions/_check_interaction_type.sql
\ir interactions/_check_interactions.sql
\ir interactions/_hold_signals.sql
\ir interactions/_record_interactions.sql
\ir interactions/record_interactions.sql
\ir interactions/record_interaction.sql
\ir interactions/_settle_interactions.sql
\ir interactions/_record_follows.sql
\ir interactions/follow.sql
\ir interactions/unfollow.sql
\ir interactions/_check_follows.sql
\ir interactions/follow_many.sql
\ir interactions/_is_time_zone.sql
\ir interactions/_check_users.sql
\ir interactions/upsert_users.sql
\ir interactions/delete_user.sql
\ir interactions/_put_in_collections.sql
\ir interactions/_put_in_collection.sql
\ir interactions/add_to_collection.sql
\ir interactions/remove_from_collection.sql
\ir interactions/_check_collections.sql
\ir interactions/upsert_collections.sql
\ir interactions/_interaction_fault.sql
\ir interactions/_import_event_id.sql
\ir interactions/_check_staged_follows.sql
\ir interactions/_check_staged_interactions.sql
\ir interactions/_import_users.sql
\ir interactions/_import_follows.sql
\ir interactions/_import_collections.sql
\ir interactions/_import_interactions.sql

-- taste
\ir taste/_zero_taste.sql
\ir taste/_lock_tastes.sql
\ir taste/_decayed_weight.sql
\ir taste/_rebuild_tastes.sql
\ir taste/_apply_to_tastes.sql
\ir taste/_move_tastes.sql
\ir taste/mark_tastes_stale.sql
\ir taste/_note_creators.sql
\ir taste/_changed_creators.sql
\ir taste/refresh_creators.sql
\ir taste/_weighted_items.sql
\ir taste/get_taste.sql
\ir taste/describe_taste.sql

-- candidates
\ir candidates/_nearest_cells.sql
\ir candidates/_nearest_cell.sql
\ir candidates/_seed_centres.sql
\ir candidates/_move_centres.sql
\ir candidates/_train_cells.sql
\ir candidates/_move_items_to_cells.sql
\ir candidates/build_cells.sql
\ir candidates/_filter_spellings.sql
\ir candidates/_filter_fault.sql
\ir candidates/check_filter.sql
\ir candidates/_filter_condition.sql
\ir candidates/_filter_query.sql
\ir candidates/find_filtered_items.sql
\ir candidates/_followed_items.sql
\ir candidates/_fresh_items.sql
\ir candidates/_popular_items.sql
\ir candidates/_nearest_items.sql
\ir candidates/_probe_items.sql

-- scores
\ir scores/_unit_blocks.sql
\ir scores/_score.sql
\ir scores/_as_real.sql
\ir scores/_block_product.sql
\ir scores/_policy.sql
\ir scores/define_policy.sql
\ir scores/_is_hidden.sql
\ir scores/_blend_interests.sql
\ir scores/_user_queries.sql
\ir scores/_rank_items.sql
\ir candidates/_sample_users.sql
\ir candidates/_overlap.sql
\ir candidates/calibrate.sql
\ir candidates/_untuned_domains.sql
\ir candidates/tune_probes.sql
\ir scores/_explain_scores.sql
\ir scores/_explain_sums.sql
\ir scores/score_items.sql
\ir scores/explain_score.sql

-- feeds
\ir feeds/_check_user.sql
\ir feeds/_feed_definition.sql
\ir feeds/define_feed.sql
\ir feeds/delete_feed.sql
\ir feeds/_inputs_hash.sql
\ir feeds/_draw.sql
\ir feeds/_draw_item.sql
\ir feeds/_explore.sql
\ir feeds/_diversify.sql
\ir feeds/_rerank.sql
\ir feeds/_compute_feeds.sql
\ir feeds/recompute_feeds.sql
\ir feeds/recompute_feed.sql
\ir feeds/_mark_feeds.sql
\ir feeds/_could_change.sql
\ir feeds/_match_items.sql
\ir feeds/_is_stale.sql
\ir feeds/_claim_stale_feeds.sql
\ir feeds/_count_stale_feeds.sql
\ir feeds/_recompute_stale_feeds.sql
\ir feeds/_current_feed.sql
\ir feeds/_feed_page.sql
\ir feeds/get_feed.sql
\ir feeds/feed_checksum.sql
\ir feeds/user_feed_recommendations.sql

-- events
\ir events/_read_events.sql
\ir events/_register_event_keys.sql
\ir events/_check_recorded.sql
\ir events/_lock_events.sql
\ir events/_note_inbox.sql
\ir events/_ingest_follows.sql
\ir events/_ingest_collections.sql
\ir events/_ingest_mixed.sql
\ir events/ingest_events.sql
\ir events/ingest_event.sql

-- api
\ir api/_check_limit.sql
\ir api/_answer_cells.sql
\ir api/_find_nearest.sql
\ir api/_cached_answer.sql
\ir api/_store_answer.sql
\ir api/_answer.sql
\ir api/similar_items.sql
\ir api/collection_ideas.sql
\ir api/_outdone_answers.sql
\ir api/_invalidate_cache.sql
\ir api/_search_query.sql
\ir api/_personal_scores.sql
\ir api/_check_search.sql
\ir api/search_items.sql
\ir api/_check_sync_kind.sql
\ir api/_sync_pairs.sql
\ir api/_sync_keys.sql
\ir api/sync_checksum.sql
\ir api/_sync_cursor.sql
\ir api/_sync_page.sql
\ir api/sync_ids.sql

-- batch
\ir batch/record_timing.sql
\ir batch/timing_summary.sql
\ir batch/_revectorise_step.sql
\ir batch/_domains_without_cells.sql
\ir batch/_popularity_is_due.sql
\ir batch/_batch_stages.sql
\ir batch/_run_batch_step.sql
\ir batch/_next_chunk.sql
\ir batch/run_batch.sql

\ir privileges.sql

commit;
