-- The hottest path of the HTTP API: the requests that wait become one statement. It answers from stored feeds that are fresh and leaves the rest, and every
-- error, to api_feed_page(), so that nobody waits for somebody else's recompute.
create or replace function jophiel.api_feed_pages(
  p_users     text[],
  p_feeds     text[],
  p_pages     integer[],
  p_per_pages integer[],
  p_scored    boolean[],
  p_bases     text[]
)
  returns table (place bigint, body text)
  language plpgsql
  stable parallel safe
  security definer
  rows 64
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_deleted_at constant timestamptz := (
    select i.deleted_at from jophiel.items as i where i.deleted_at is not null order by i.deleted_at desc limit 1);
begin
  return query
    select q.place,
           jophiel._json_page(
             jophiel._json_key('user', f.user_id), f.computed_at,
             f.item_ids[(q.page - 1) * q.per_page + 1 : q.page * q.per_page],
             case when q.scored then f.scores[(q.page - 1) * q.per_page + 1 : q.page * q.per_page] end,
             cardinality(f.item_ids), q.page, q.per_page, q.base)
      from unnest(p_users, p_feeds, p_pages, p_per_pages, p_scored, p_bases) with ordinality
           as q (user_key, feed, page, per_page, scored, base, place)
      join jophiel.feeds as f on f.user_id = jophiel.key_id(q.user_key) and f.feed = q.feed
     where q.page between 1 and 1000
       -- As get_feed(): nothing was deleted since, with an hour of grace for long transactions.
       and (v_deleted_at >= f.computed_at - interval '1 hour') is not true
       and f.taste_version >= coalesce((select t.reaction_version from jophiel.tastes as t where t.user_id = f.user_id), 0)
       and not exists (select from jophiel.feed_marks as m where m.user_id = f.user_id and m.feed = f.feed);
end;
$$;

comment on function jophiel.api_feed_pages(text[], text[], integer[], integer[], boolean[], text[]) is
  'Pages of feeds for many requests at once: the request''s place (from 1) and its JSON, for those whose stored feed is fresh; the others have no row. For the '
  'HTTP API, with the owner''s rights (security definer).';
