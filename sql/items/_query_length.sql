-- What an embedding of a query has to be as long as.
create or replace function jophiel._query_length()
  returns integer
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (select public.vector_dims(c.component)
            from jophiel.feature_schemas as s
           cross join lateral jophiel._schema_features(s.features) as f
            join jophiel.projections as c
              on c.projection = f.projection
             and c.number = 1
           where s.is_active
           limit 1);
end;
$$;

comment on function jophiel._query_length() is
  'How many numbers the embeddings have that are in the vectors in use; null where none are.';
