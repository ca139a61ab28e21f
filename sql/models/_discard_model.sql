-- The bulky part of a model.
create or replace function jophiel._discard_model(p_model_id uuid)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
begin
  delete from jophiel.model_vectors as v
   where v.model_id = p_model_id;
  delete from jophiel.item_neighbours as n
   where n.model_id = p_model_id;
  delete from jophiel.content_maps as c
   where c.model_id = p_model_id;
end;
$$;

comment on function jophiel._discard_model(uuid) is 'Deletes the vectors, neighbours and content map of a model; its row stays as history.';
