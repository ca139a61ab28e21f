-- The hottest path of the HTTP API: the requests that wait become one statement. It answers from stored feeds that are fresh and leaves the rest, and every
-- error, to api_feed_page(), so that nobody waits for somebody else's recompute. Texts with a separator and not arrays, which the driver takes ten times as
-- long to write; the JSON of _json_page() in one expression, which takes a quarter of the time.
create or replace function jophiel.api_feed_pages(
  p_users     text,
  p_feeds     text,
  p_pages     text,
  p_per_pages text,
  p_scored    text,
  p_bases     text
)
  returns table (place bigint, body text)
  language plpgsql
  stable parallel safe
  security definer
  rows 64
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_deleted_at constant timestamptz := (
    select i.deleted_at from jophiel.items as i where i.deleted_at is not null order by i.deleted_at desc limit 1);
begin
  return query
    select q.place,
           case
             -- A page of numbers, from a feed of somebody who is one; the texts take the long way.
             when not q.scored and f.user_id >= 0 and 0 <= all (c.item_ids) then concat(
               '{"user_id":', f.user_id, ',"generated_at":"', to_char(timezone('UTC', f.computed_at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
               '","sample_ids":[', array_to_string(c.item_ids, ','),
               '],"pagination":{"current_page":', q.page, ',"per_page":', q.per_page, ',"total":', c.total, ',"last_page":', c.last_page,
               ',"next_page_url":',
               case when q.page < c.last_page
                    then concat('"', q.base, 'page=', q.page + 1, '&per_page=', q.per_page, '"') else 'null' end,
               ',"prev_page_url":',
               case when q.page > 1
                    then concat('"', q.base, 'page=', least(q.page - 1, c.last_page), '&per_page=', q.per_page, '"') else 'null' end,
               '}}')
             else jophiel._json_page(
               jophiel._json_key('user', f.user_id), f.computed_at, c.item_ids,
               case when q.scored then f.scores[(q.page - 1) * q.per_page + 1 : q.page * q.per_page] end,
               c.total, q.page, q.per_page, q.base)
           end
      from (select u.user_key, u.feed, u.page::integer as page, u.per_page::integer as per_page, u.scored = 't' as scored, u.base, u.place
              from unnest(string_to_array(p_users, E'\x1f'), string_to_array(p_feeds, E'\x1f'), string_to_array(p_pages, E'\x1f'),
                          string_to_array(p_per_pages, E'\x1f'), string_to_array(p_scored, E'\x1f'), string_to_array(p_bases, E'\x1f')) with ordinality
                   as u (user_key, feed, page, per_page, scored, base, place)) as q
      join jophiel.feeds as f on f.user_id = jophiel.key_id(q.user_key) and f.feed = q.feed
     cross join lateral (
             select f.item_ids[(q.page - 1) * q.per_page + 1 : q.page * q.per_page] as item_ids,
                    cardinality(f.item_ids) as total,
                    greatest(1, (cardinality(f.item_ids) + q.per_page - 1) / q.per_page) as last_page
            offset 0) as c
     where q.page between 1 and 1000
       -- As get_feed(): nothing was deleted since, with an hour of grace for long transactions.
       and (v_deleted_at >= f.computed_at - interval '1 hour') is not true
       and f.taste_version >= coalesce((select t.reaction_version from jophiel.tastes as t where t.user_id = f.user_id), 0)
       and not exists (select from jophiel.feed_marks as m where m.user_id = f.user_id and m.feed = f.feed);
end;
$$;

comment on function jophiel.api_feed_pages(text, text, text, text, text, text) is
  'Pages of feeds for many requests at once: the request''s place (from 1) and its JSON, for those whose stored feed is fresh; the others have no row. Each argument is a list with '
  'E''\x1f'' between: user keys, feeds, pages, items a page, t or f for scores, and what the addresses of other pages begin with (percent-encoded). For the HTTP API, with the owner''s rights (security definer).';
