-- Words decide what is found, the taste in which order: both on a scale of 0 to 1, so that their shares mean what they say.
create or replace function jophiel.search_items(
  p_query   text,
  p_user_id bigint default null,
  p_limit   integer default 20,
  p_offset  integer default 0,
  p_domain  text default null
)
  returns table (
    rank           integer,
    item_id        bigint,
    score          double precision,
    text_score     double precision,
    personal_score double precision
  )
  language plpgsql
  stable parallel safe
  rows 20
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_query tsquery;
  v_share constant double precision := case when p_user_id is null then 0 else jophiel._setting('search_personal') end;
  v_items bigint[];
  v_ranks real[];
begin
  perform jophiel._check_search(p_query, p_user_id, p_limit, p_offset);
  v_query := jophiel._search_query(p_query);
  select array_agg(m.item_id order by m.rank desc, m.item_id), array_agg(m.rank order by m.rank desc, m.item_id)
    into v_items, v_ranks
    from (select f.item_id, ts_rank_cd(f.search, v_query, 1) as rank
            -- What is in every other item says little: ranking stops at a number, and the plan may stop there too.
            from (select i.item_id, i.search
                    from jophiel.items as i
                   where i.search @@ v_query
                     and i.deleted_at is null
                     and (i.domain = p_domain or p_domain is null)
                   order by i.item_id desc
                   limit 50000) as f
           order by 2 desc, 1
           limit greatest(jophiel._setting('search_matches'), p_offset + p_limit)::bigint) as m;

  return query
    select (row_number() over (order by b.score desc, b.item_id))::integer, b.item_id, b.score, b.text_score, b.personal_score
      from (select m.item_id,
                   (1 - v_share) * t.text_score + v_share * coalesce(p.score, 0) as score,
                   t.text_score,
                   case when p_user_id is not null then coalesce(p.score, 0) end as personal_score
              from unnest(v_items, v_ranks) as m (item_id, rank)
             cross join lateral (select coalesce(m.rank::float8 / nullif(v_ranks[1], 0), 0) as text_score) as t
              left join (select s.item_id, s.score
                           from jophiel._personal_scores(p_user_id, v_items) as s
                          where p_user_id is not null) as p on p.item_id = m.item_id) as b
     order by b.score desc, b.item_id
     limit p_limit
    offset p_offset;
end;
$$;

comment on function jophiel.search_items(text, bigint, integer, integer, text) is
  'Live items that match a query (words, "phrases", or, -not; the last word is a prefix), best first, ties by item id. text_score: ts_rank_cd as a share of the best match''s. '
  'personal_score: the user''s score by the default policy, without penalty, as a share of the sum of its weights, from 0 (a score of 0 or less) to 1; null without a user. score: (1 - w) * text_score + '
  'w * personal_score, w = setting search_personal. Only the best matches by text (setting search_matches) are scored, and of more than 50,000 matches '
  'only those with the highest ids are ranked. Raises JO001 (no word in the query, or more than 1000 letters, limit not between 1 and 1000, offset not between 0 and 100000), JO002 (unknown user).';

create or replace function jophiel.search_items(
  p_query    text,
  p_user_key text,
  p_limit    integer default 20,
  p_offset   integer default 0,
  p_domain   text default null
)
  returns table (
    rank           integer,
    item_id        bigint,
    score          double precision,
    text_score     double precision,
    personal_score double precision
  )
  language sql
  stable parallel safe
as $$
  select s.rank, s.item_id, s.score, s.text_score, s.personal_score
    from jophiel.search_items(p_query, jophiel._find_id('user', p_user_key), p_limit, p_offset, p_domain) as s
$$;

comment on function jophiel.search_items(text, text, integer, integer, text) is 'As search_items(text, bigint, ...), for an application''s text key.';
