-- Vectors of two models are never compared.
create or replace function jophiel._embedding_model()
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (select min(f.model)
            from jophiel.feature_schemas as s
           cross join lateral jophiel._schema_features(s.features) as f
           where s.is_active);
end;
$$;

comment on function jophiel._embedding_model() is
  'The model whose embeddings are in the vectors in use; null where none are.';
