-- A cached answer proves itself at every read: its query is still the same, and every item in it is there with the score it had.
-- So no writer has to know about it for a changed or deleted item to leave it.
create or replace function jophiel._cached_answer(
  p_kind        text,
  p_subject_id  bigint,
  p_domains     text[],
  p_query       public.halfvec,
  p_excluded    bigint[],
  p_near_ids    bigint[],
  p_near_shares real[]
)
  returns table (item_ids bigint[], scores double precision[])
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now    constant timestamptz := jophiel._now();
  v_age    constant interval := make_interval(secs => 60 * jophiel._setting('cache_minutes'));
  v_cached jophiel.recommendation_cache;
begin
  select c.*
    into v_cached
    from jophiel.recommendation_cache as c
   where c.kind = p_kind
     and c.subject_id = p_subject_id
     and c.query operator(public.=) p_query
     and c.created_at between v_now - v_age and v_now;

  -- Neighbours that another model brought would have to be in it.
  if not found or exists (
       select
         from unnest(p_near_ids, p_near_shares) as n (item_id, share)
         join jophiel.item_vectors as h on h.item_id = n.item_id
        where n.item_id <> all (v_cached.item_ids || p_excluded)
          and h.domain = any (p_domains)
          and n.share - (h.offer operator(public.<#>) p_query) > coalesce(v_cached.scores[100]::float8 + 1e-6, 0)) then
    return;
  end if;

  return query
    select coalesce(array_agg(a.item_id order by a.position), '{}'), coalesce(array_agg(s.score order by a.position), '{}')
      from unnest(v_cached.item_ids, v_cached.scores) with ordinality as a (item_id, score, position)
      join jophiel.item_vectors as h on h.item_id = a.item_id
     cross join lateral (
             select jophiel._array_value(p_near_ids, p_near_shares, h.item_id) - (h.offer operator(public.<#>) p_query) as score) as s
     where h.domain = any (p_domains)
       and h.item_id <> all (p_excluded)
       and s.score::real = a.score
    having count(*) = cardinality(v_cached.item_ids);
end;
$$;

comment on function jophiel._cached_answer(text, bigint, text[], public.halfvec, bigint[], bigint[], real[]) is
  'One row with the cached items and their scores, best first; none where the answer is not cached, too old (setting cache_minutes), made from another query, '
  'or where an item in it has changed, is gone, or is excluded by now, or a neighbour is missing.';
