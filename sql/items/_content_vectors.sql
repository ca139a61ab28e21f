-- The set-based core of vectorisation: documents in, content blocks out.
create or replace function jophiel._content_vectors(p_version integer, p_ids bigint[], p_domains text[], p_documents jsonb[])
  returns table (id bigint, content public.halfvec)
  language plpgsql
  stable parallel safe
  rows 5000
  -- One plan for one document and for thousands: hash joins, in memory. Planning with the arrays at hand costs more than it gains
  -- (measured: a quarter of the time), planning without them takes them for short.
  set plan_cache_mode = force_generic_plan
  set enable_mergejoin = off
  set enable_nestloop = off
  set work_mem = '64MB'
  -- To compile this takes longer than to run it.
  set jit = off
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_features   jsonb;
  v_unseen     double precision;
  v_dimensions constant integer := jophiel._setting('content_dimensions');
  v_hashed     constant integer := jophiel._setting('hash_dimensions');
begin
  select s.features, jophiel._idf(s.item_count, 0)
    into v_features, v_unseen
    from jophiel.feature_schemas as s
   where s.version = p_version;

  return query
    with said as materialized (
      select t.id, t.feature, t.term
        from jophiel._document_terms(v_features, p_ids, p_domains, p_documents) as t
    ),
    weighed as materialized (
      -- Looked up and hashed once for each distinct term. offset 0: by index, even if the vocabulary is large and the term is one.
      select d.feature, d.term, f.weight, coalesce(v.idf, v_unseen) as value,
             coalesce(v.coordinate, jophiel._tail_coordinate(d.feature, d.term, v_dimensions, v_hashed)) as coordinate
        from (select distinct s.feature, s.term from said as s) as d
        join jophiel._schema_features(v_features) as f
          on f.feature = d.feature
        left join lateral (select t.coordinate, t.idf
                             from jophiel.terms as t
                            where t.version = p_version
                              and t.feature = d.feature
                              and t.term = d.term
                           offset 0) as v
          on true
    ),
    part as (
      -- Every feature counts as much as its weight, however many terms of it there are.
      select s.id, abs(w.coordinate) as coordinate,
             sign(w.coordinate) * w.value * w.weight / sqrt(sum(w.value * w.value) over (partition by s.id, s.feature)) as value
        from said as s
        join weighed as w
          on w.feature = s.feature
         and w.term = s.term
      union all
      select v.id, v.coordinate, v.value
        from jophiel._document_values(v_features, v_dimensions, v_hashed, p_ids, p_domains, p_documents) as v
    ),
    summed as (
      select p.id, p.coordinate, sum(p.value)::real as value
        from part as p
       group by p.id, p.coordinate
      having abs(sum(p.value)) > 1e-6
    ),
    written as (
      select s.id, string_agg(concat(s.coordinate, ':', s.value), ',') as pairs
        from summed as s
       group by s.id
    )
    select d.id, public.l2_normalize(concat('{', w.pairs, '}/', v_dimensions)::public.sparsevec::public.vector)::public.halfvec
      from unnest(p_ids) as d (id)
      left join written as w
        on w.id = d.id;
end;
$$;

comment on function jophiel._content_vectors(integer, bigint[], text[], jsonb[]) is
  'Content blocks (content_dimensions long, of unit length; zero where no feature is known) of documents in the coordinates of a schema version. '
  'The arrays are parallel: id, domain, document. A broken embedding counts as unknown.';
