-- The page that applications read, the hottest path of all: one row by primary key, cut and unnested by one statement. Whatever is not as
-- plain as that goes to jophiel._feed_page(). PL/pgSQL, because its plan is kept for the session whether the caller prepares or not.
create or replace function jophiel.get_feed(
  p_user_id    bigint,
  p_feed       text default 'main',
  p_limit      integer default 20,
  p_offset     integer default 0,
  p_generation bigint default null
)
  returns table (rank integer, item_id bigint, score real, generation bigint)
  language plpgsql
  stable parallel safe
  rows 20
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
begin
  if p_limit between 1 and 1000 and p_offset between 0 and 1000 then
    return query
      select generate_series(p_offset + 1, least(p_offset + p_limit, cardinality(f.item_ids))),
             unnest(f.item_ids[p_offset + 1 : p_offset + p_limit]),
             unnest(f.scores[p_offset + 1 : p_offset + p_limit]),
             f.generation
        from jophiel.feeds as f
       where f.user_id = p_user_id
         and f.feed = p_feed
         and (p_generation is null or p_generation = f.generation)
         -- The user did nothing since that readers must see, and no new item wants to be in it (docs/decisions/0004-read-your-writes.md).
         and f.taste_version >= coalesce((select t.reaction_version from jophiel.tastes as t where t.user_id = p_user_id), 0)
         and not exists (select from jophiel.feed_marks as m where m.user_id = p_user_id and m.feed = p_feed)
         -- Nothing was deleted since. One look at the end of an index, whatever the planner thinks; an hour of grace for long transactions.
         and ((select i.deleted_at from jophiel.items as i where i.deleted_at is not null order by i.deleted_at desc limit 1)
              >= f.computed_at - interval '1 hour') is not true;
    if found then
      return;
    end if;
  end if;

  return query
    select s.rank, s.item_id, s.score, s.generation
      from jophiel._feed_page(p_user_id, p_feed, p_limit, p_offset, p_generation) as s;
end;
$$;

comment on function jophiel.get_feed(bigint, text, integer, integer, bigint) is
  'A page of a user''s feed: rank (from 1), item, score, and the generation it was cut from; give it with the next page, which then raises JO020 if the feed has become '
  'another. What the user did is in it at once: a feed that is older than that, or not materialised yet, is computed on the fly (its generation is negative, and good for a day). Raises JO001 (limit 1 to 1000, offset 0 or more), JO002 (unknown user), JO005 (unknown feed).';

create or replace function jophiel.get_feed(
  p_user_key   text,
  p_feed       text default 'main',
  p_limit      integer default 20,
  p_offset     integer default 0,
  p_generation bigint default null
)
  returns table (rank integer, item_id bigint, score real, generation bigint)
  language sql
  stable parallel safe
as $$
  select f.rank, f.item_id, f.score, f.generation
    from jophiel.get_feed(jophiel._find_id('user', p_user_key), p_feed, p_limit, p_offset, p_generation) as f
$$;

comment on function jophiel.get_feed(text, text, integer, integer, bigint) is 'As get_feed(bigint, ...), for an application''s text key.';
