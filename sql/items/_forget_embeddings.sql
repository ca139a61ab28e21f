-- A model that makes vectors of another length under its old name is another model.
create or replace function jophiel._forget_embeddings(p_model text, p_length integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_forgotten bigint;
begin
  perform e.item_id
     from jophiel.item_embeddings as e
    where e.model = p_model
      and public.vector_dims(e.embedding) <> p_length
    order by e.item_id
      for update of e;

  delete from jophiel.item_embeddings as e
   where e.model = p_model
     and public.vector_dims(e.embedding) <> p_length;
  get diagnostics v_forgotten = row_count;
  return v_forgotten;
end;
$$;

comment on function jophiel._forget_embeddings(text, integer) is
  'Deletes the embeddings of a model that are of another length than p_length, and returns how many: their items wait to be embedded again. What is made anew of them meanwhile is by words alone.';
