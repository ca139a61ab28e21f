-- Vectors of two lengths cannot be compared, whatever their model is called.
create or replace function jophiel._embedding_length(p_model text)
  returns integer
  language plpgsql
  stable parallel safe
  -- By the primary key to the first item that has one, even where nothing is known yet of a new model: texts are embedded in the order of the items.
  set enable_seqscan = off
  set enable_sort = off
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (select public.vector_dims(e.embedding)
            from jophiel.item_embeddings as e
           where e.model = p_model
             and e.embedding is not null
           order by e.item_id
           limit 1);
end;
$$;

comment on function jophiel._embedding_length(text) is
  'How many numbers the stored embeddings of a model have; null where there are none.';
