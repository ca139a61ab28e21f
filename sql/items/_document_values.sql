-- The features that are amounts and not terms: numbers and embeddings, as coordinates with values.
create or replace function jophiel._document_values(
  p_features        jsonb,
  p_dimensions      integer,
  p_hash_dimensions integer,
  p_ids             bigint[],
  p_domains         text[],
  p_documents       jsonb[]
)
  returns table (id bigint, coordinate integer, value double precision)
  language plpgsql
  stable parallel safe
  rows 5000
  set plan_cache_mode = force_generic_plan
  -- To compile this takes longer than to run it.
  set jit = off
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- A number is a place on a quarter of a circle: the inner product of two is the cosine of what lies between them, so that near
  -- numbers are near, and an unknown one is neutral.
  return query
    select n.id, c.coordinate, c.value * n.weight
      from (select d.id, f.coordinate, f.weight, (least(greatest(v.value, f.min_value), f.max_value) - f.min_value)
                     / (f.max_value - f.min_value) * (pi() / 2) as angle
              from unnest(p_ids, p_domains, p_documents) as d (id, domain, document)
              join jophiel._schema_features(p_features) as f
                on f.kind = 'number'
               and (f.domain is null or f.domain = d.domain)
              cross join lateral (select jophiel._json_number(d.document #> f.source) as value offset 0) as v
             where v.value is not null
            offset 0) as n
      cross join lateral (values (n.coordinate, cos(n.angle)), (n.coordinate + 1, sin(n.angle))) as c (coordinate, value);

  -- Along the directions that were fitted on embeddings of this kind; one of another length is unknown. The leading ones, as many as the version
  -- has coordinates for: no others keep as much.
  return query
    select e.id, e.coordinate + e.number - 1, e.value * e.weight / nullif(sqrt(sum(e.value * e.value) over (partition by e.id, e.feature)), 0)
      from (select d.id, d.feature, d.weight, d.coordinate, c.number, -(c.component operator(public.<#>) d.embedding) as value
              from (select d.id, f.feature, f.weight, f.coordinate, f.length, f.projection,
                           case when jophiel._is_embedding(d.document #> f.source) then (d.document #>> f.source)::public.vector end as embedding
                      from unnest(p_ids, p_domains, p_documents) as d (id, domain, document)
                      join jophiel._schema_features(p_features) as f
                        on f.kind = 'embedding'
                       and f.projection is not null
                       and (f.domain is null or f.domain = d.domain)
                    offset 0) as d
              join jophiel.projections as c
                on c.projection = d.projection
               and c.number <= d.length
               and case when d.embedding is not null then public.vector_dims(c.component) = public.vector_dims(d.embedding) else false end
            offset 0) as e;

  -- Where nothing was fitted, a count sketch: every number of the embedding is added to one of the coordinates, with a sign. It keeps inner products on average.
  return query
    select e.id, abs(c.coordinate), sign(c.coordinate) * e.value * e.weight / nullif(sqrt(sum(e.value * e.value) over (partition by e.id, e.feature)), 0)
      from (select d.id, f.feature, f.weight, v.ordinality, v.value::double precision as value,
                   -- A version from before embeddings had coordinates of their own has them in the tail.
                   coalesce(f.coordinate + f.length - 1, p_dimensions) as last, coalesce(f.length, p_hash_dimensions) as length
              from unnest(p_ids, p_domains, p_documents) as d (id, domain, document)
              join jophiel._schema_features(p_features) as f
                on f.kind = 'embedding'
               and f.projection is null
               and (f.domain is null or f.domain = d.domain)
              cross join lateral jsonb_array_elements(
                case when jophiel._is_embedding(d.document #> f.source) then d.document #> f.source end)
                with ordinality as v (value, ordinality)) as e
      cross join lateral (select jophiel._tail_coordinate(e.feature, e.ordinality::text, e.last, e.length)) as c (coordinate);
end;
$$;

comment on function jophiel._document_values(jsonb, integer, integer, bigint[], text[], jsonb[]) is
  'Coordinates (from 1) and values of the number and embedding features of documents, every feature scaled to its weight. Numbers outside their range are clamped; what is not a number '
  'or not an embedding is unknown and gives no row.';
