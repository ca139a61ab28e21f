-- One path for every cached answer: read it, or make it for 100 items whatever was asked for, so that the next one finds it.
-- Stable, and called by stable functions that read what it depends on: all of it is of one moment, whatever a new model replaces meanwhile.
create or replace function jophiel._find_answer(
  p_kind        text,
  p_subject_id  bigint,
  p_domains     text[],
  p_query       public.halfvec,
  p_excluded    bigint[],
  p_near_ids    bigint[],
  p_near_shares real[],
  p_limit       integer,
  out item_ids  bigint[],
  out scores    double precision[],
  out is_new    boolean
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_depth constant integer := greatest(p_limit, 100);
begin
  is_new := false;
  if v_depth = 100 then
    select c.item_ids, c.scores
      into item_ids, scores
      from jophiel._cached_answer(p_kind, p_subject_id, p_domains, p_query, p_excluded, p_near_ids, p_near_shares) as c;
  end if;

  if item_ids is null then
    is_new := v_depth = 100;
    select coalesce(array_agg(n.item_id order by n.score desc, n.item_id), '{}'),
           coalesce(array_agg(n.score order by n.score desc, n.item_id), '{}')
      into item_ids, scores
      from (select f.item_id, f.score
              from unnest(p_domains) as d (domain)
             cross join lateral jophiel._find_nearest(d.domain, p_query, p_excluded, p_near_ids, p_near_shares, v_depth) as f
             order by f.score desc, f.item_id
             limit v_depth) as n;
  end if;
end;
$$;

comment on function jophiel._find_answer(text, bigint, text[], public.halfvec, bigint[], bigint[], real[], integer) is
  'The nearest items of the given domains to a query, without the excluded ones, from the cache where it holds. Up to 100 items are cached (is_new: this answer is to be); more are '
  'computed every time.';
