-- By which model the text of a request is to be embedded.
create or replace function jophiel.api_embedding_model()
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jophiel._embedding_model();
end;
$$;

comment on function jophiel.api_embedding_model() is
  'The model whose embeddings are in the vectors in use; null where none are. For the HTTP API, with the owner''s rights (security definer).';
