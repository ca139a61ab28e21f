-- A query that is no item yet: what would this document's vector be?
create or replace function jophiel.vectorise_document(p_document jsonb, p_domain text default 'default')
  returns public.halfvec
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_version  integer;
  v_features jsonb;
begin
  if jsonb_typeof(p_document) is distinct from 'object' then
    raise exception 'the document is not a JSON object'
      using errcode = 'JO010',
            hint = 'Give an object such as {"tags": ["guitar"], "bpm": 120}.';
  end if;

  select s.version, s.features
    into v_version, v_features
    from jophiel.feature_schemas as s
   where s.is_active;

  perform jophiel._check_embeddings(v_features, array[null::bigint], array[p_domain], array[p_document]);
  return (select c.content from jophiel._content_vectors(v_version, array[0::bigint], array[p_domain], array[p_document]) as c);
end;
$$;

comment on function jophiel.vectorise_document(jsonb, text) is
  'The content block (unit length, or zero where no feature is known) of a document in the active schema version. Raises JO010 where it is no object, JO011 '
  'where an embedding is broken.';
