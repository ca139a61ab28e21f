-- Feeds as plain rows, for those who join them with their own tables.
create or replace view jophiel.user_feed_recommendations as
select f.user_id,
       f.feed,
       u.rank::integer as rank,
       u.item_id,
       u.score,
       f.generation,
       f.computed_at
  from jophiel.feeds as f
 cross join lateral unnest(f.item_ids, f.scores) with ordinality as u (item_id, score, rank)
 where exists (select from jophiel.item_vectors as h where h.item_id = u.item_id);

comment on view jophiel.user_feed_recommendations is
  'Every materialised feed, a row an item: user, feed, rank (from 1; gaps where an item was deleted since), item, score, generation, time of computation.';
