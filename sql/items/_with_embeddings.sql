-- Embeddings lie apart from the catalogue, which is read far more often than vectors are made.
create or replace function jophiel._with_embeddings(p_version integer, p_ids bigint[], p_documents jsonb[])
  returns jsonb[]
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_model text;
begin
  select f.model
    into v_model
    from jophiel.feature_schemas as s
   cross join lateral jophiel._schema_features(s.features) as f
   where s.version = p_version
     and f.model is not null
   limit 1;

  if not found then
    return p_documents;
  end if;

  return array(
    select case when e.embedding is null then d.document
                else d.document || jsonb_build_object('text_embedding', to_jsonb(e.embedding::real[])) end
      from unnest(p_ids, p_documents) with ordinality as d (id, document, place)
      left join jophiel.item_embeddings as e
        on e.item_id = d.id
       and e.model = v_model
     order by d.place);
end;
$$;

comment on function jophiel._with_embeddings(integer, bigint[], jsonb[]) is
  'Documents of items with their embeddings on top, as text_embedding, by the model that a schema version names; as they are where it names none.';
