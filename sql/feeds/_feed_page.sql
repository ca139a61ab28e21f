-- The careful way to a page, for whatever get_feed() cannot cut from a row as it is: wrong arguments, a feed that is not materialised
-- yet, one that is older than what the user did, one with items that were deleted since.
create or replace function jophiel._feed_page(p_user_id bigint, p_feed text, p_limit integer, p_offset integer, p_generation bigint)
  returns table (rank integer, item_id bigint, score real, generation bigint)
  language plpgsql
  stable parallel safe
  rows 20
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_feed record;
begin
  if p_limit not between 1 and 1000 or p_offset < 0 or p_limit is null or p_offset is null then
    raise exception 'limit % or offset % is out of range', coalesce(p_limit::text, 'null'), coalesce(p_offset::text, 'null')
      using errcode = 'JO001',
            hint = 'The limit is 1 to 1000, the offset 0 or more.';
  end if;

  select c.generation, c.item_ids, c.scores
    into v_feed
    from jophiel._current_feed(p_user_id, p_feed, p_generation) as c;

  if p_generation <> v_feed.generation then
    raise exception 'generation % of feed % of user % is gone', p_generation, p_feed, p_user_id
      using errcode = 'JO020',
            hint = format('The feed has become another, generation %s: start again at the first page.', v_feed.generation);
  end if;

  return query
    select u.place::integer, u.item_id, u.score, v_feed.generation
      from unnest(v_feed.item_ids, v_feed.scores) with ordinality as u (item_id, score, place)
     where u.place > p_offset
       and u.place <= p_offset::bigint + p_limit
     order by u.place;
end;
$$;

comment on function jophiel._feed_page(bigint, text, integer, integer, bigint) is
  'A page of a user''s feed; see jophiel.get_feed(). Raises JO001, JO002, JO005, JO020.';
