-- One path for every cached answer: read it, or make it for 100 items whatever was asked for, so that the next one finds it.
create or replace function jophiel._answer(
  p_kind       text,
  p_subject_id bigint,
  p_domains    text[],
  p_query      public.halfvec,
  p_excluded   bigint[],
  p_limit      integer
)
  returns table (rank integer, item_id bigint, score double precision)
  language plpgsql
  volatile parallel unsafe
  rows 20
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_depth  constant integer := greatest(p_limit, 100);
  v_items  bigint[];
  v_scores double precision[];
begin
  if v_depth = 100 then
    select c.item_ids, c.scores
      into v_items, v_scores
      from jophiel._cached_answer(p_kind, p_subject_id, p_domains, p_query, p_excluded) as c;
  end if;

  if v_items is null then
    select coalesce(array_agg(n.item_id order by n.score desc, n.item_id), '{}'),
           coalesce(array_agg(n.score order by n.score desc, n.item_id), '{}')
      into v_items, v_scores
      from (select f.item_id, f.score
              from unnest(p_domains) as d (domain)
             cross join lateral jophiel._find_nearest(d.domain, p_query, p_excluded, v_depth) as f
             order by f.score desc, f.item_id
             limit v_depth) as n;

    if v_depth = 100 then
      perform jophiel._store_answer(p_kind, p_subject_id, p_query, v_items, v_scores);
    end if;
  end if;

  return query
    select a.position::integer, a.item_id, a.score
      from unnest(v_items, v_scores) with ordinality as a (item_id, score, position)
     where a.position <= p_limit
     order by a.position;
end;
$$;

comment on function jophiel._answer(text, bigint, text[], public.halfvec, bigint[], integer) is
  'The nearest items of the given domains to a query, without the excluded ones, from the cache where it holds. Up to 100 items are cached; more are '
  'computed every time.';
