-- A frozen feature schema as rows. Inlined: no table is touched.
create or replace function jophiel._schema_features(p_features jsonb)
  returns table (
    feature    text,
    kind       text,
    source     text[],
    domain     text,
    weight     double precision,
    min_value  double precision,
    max_value  double precision,
    coordinate integer,
    length     integer,
    model      text,
    projection uuid
  )
  language sql
  immutable parallel safe
as $$
  select f.feature, f.kind, pg_catalog.string_to_array(f.source, '.'), f.domain, f.weight, f.min_value, f.max_value, f.coordinate, f.length, f.model,
         f.projection
    from pg_catalog.jsonb_to_recordset(p_features) as f (
      feature text, kind text, source text, domain text, weight double precision,
      min_value double precision, max_value double precision, coordinate integer, length integer, model text, projection uuid)
$$;

comment on function jophiel._schema_features(jsonb) is
  'The features of a frozen schema (feature_schemas.features). source: path in the document. coordinate: of a number, the first of its two, from 1; of an embedding, the first of '
  'the coordinates (length) that all of them share. model and projection: of the embeddings that Jophiel made, which of item_embeddings and of projections.';
