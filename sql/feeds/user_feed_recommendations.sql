-- Feeds as plain rows, for those who join them with their own tables. What get_feed() would compute for its reader is computed here as well.
create or replace view jophiel.user_feed_recommendations as
select f.user_id,
       f.feed,
       r.rank,
       r.item_id,
       r.score,
       r.generation,
       r.computed_at
  from jophiel.feeds as f
  left join jophiel.tastes as t on t.user_id = f.user_id
 cross join lateral (
         select f.taste_version >= coalesce(t.reaction_version, 0)
                and not exists (select from jophiel.feed_marks as m where m.user_id = f.user_id and m.feed = f.feed) as is_current
        offset 0) as s
 cross join lateral (
         select u.rank::integer as rank, u.item_id, u.score, f.generation, f.computed_at
           from unnest(f.item_ids, f.scores) with ordinality as u (item_id, score, rank)
          where s.is_current
            and exists (select from jophiel.item_vectors as h where h.item_id = u.item_id)
          union all
         select u.rank::integer, u.item_id, u.score, c.generation, jophiel._now()
           from jophiel._current_feed(f.user_id, f.feed) as c
          cross join lateral unnest(c.item_ids, c.scores) with ordinality as u (item_id, score, rank)
          where not s.is_current) as r;

comment on view jophiel.user_feed_recommendations is
  'Every feed that was ever materialised, a row an item: user, feed, rank (from 1; gaps where an item was deleted since), item, score, generation, time of computation. A feed '
  'that is older than what its user did is computed anew as it is read (its generation is negative): cheap for one user, not for everybody just before a batch.';
