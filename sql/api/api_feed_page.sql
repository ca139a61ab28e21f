-- The careful way to one page, for whatever api_feed_pages() has no row.
create or replace function jophiel.api_feed_page(
  p_user       text,
  p_feed       text,
  p_page       integer,
  p_per_page   integer,
  p_scored     boolean,
  p_base       text
)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user   constant bigint := jophiel._find_id('user', p_user);
  v_first  constant bigint := (p_page::bigint - 1) * p_per_page;
  v_feed   record;
begin
  if p_page not between 1 and 1000000 or p_per_page not between 1 and 100 then
    raise exception 'page % of % is out of range', p_page, p_per_page
      using errcode = 'JO001',
            hint = 'Pages begin at 1 and have 1 to 100 items.';
  end if;

  select array_agg(f.item_id order by f.rank) filter (where f.rank > v_first and f.rank <= v_first + p_per_page) as item_ids,
         array_agg(f.score order by f.rank) filter (where f.rank > v_first and f.rank <= v_first + p_per_page) as scores,
         count(*)::integer as total,
         max(f.generation) as generation
    into v_feed
    from jophiel.get_feed(v_user, p_feed, 1000, 0) as f;

  return jophiel._json_page(
    jophiel._json_key('user', v_user),
    coalesce((select s.computed_at
                from jophiel.feeds as s
               where s.user_id = v_user and s.feed = p_feed and s.generation = v_feed.generation), jophiel._now()),
    v_feed.item_ids, case when p_scored then coalesce(v_feed.scores, '{}') end, v_feed.total, p_page, p_per_page, p_base);
end;
$$;

comment on function jophiel.api_feed_page(text, text, integer, integer, boolean, text) is
  'One page of a feed as JSON text, computed on the fly where it is not stored. For the HTTP API, with the owner''s rights (security definer). Raises JO001, '
  'JO002 (unknown user), JO005 (unknown feed).';
