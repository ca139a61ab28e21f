-- A wish in words as a place among the items: what search_items() finds by letters, a feed can lean towards.
create or replace function jophiel.query_vector(p_text text, p_embedding real[] default null)
  returns public.halfvec
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_version integer;
  v_length  constant integer := jophiel._query_length();
  v_weight  real;
  v_spoken  real;
  v_domain  text;
  v_words   public.vector;
  v_meaning public.vector;
begin
  if p_text is null or p_text !~ '\S' or length(p_text) > 1000 then
    raise exception 'the query is no wish in words'
      using errcode = 'JO001',
            hint = 'A text of up to 1000 letters that is not empty.';
  end if;

  v_words := jophiel.interest_vector(jophiel._phrases(p_text))::public.vector;
  if p_embedding is null then
    return v_words::public.halfvec;
  end if;

  select s.version, f.weight, f.domain
    into v_version, v_weight, v_domain
    from jophiel.feature_schemas as s
   cross join lateral jophiel._schema_features(s.features) as f
   where s.is_active
     and f.projection is not null
   order by f.weight desc
   limit 1;
  if cardinality(p_embedding) is distinct from v_length or not jophiel._is_embedding(to_jsonb(p_embedding)) then
    raise exception 'the embedding of the query has % numbers, and those of the items have %', cardinality(p_embedding), coalesce(v_length, 0)
      using errcode = 'JO011',
            hint = 'Give what the same model makes of the text, or leave it out.';
  end if;

  -- As the vector of an item that has nothing but the embedding: the projection is that of the items.
  select c.content::public.vector
    into v_meaning
    from jophiel._content_vectors(v_version, array[0::bigint], array[v_domain], array[jsonb_build_object('text_embedding', p_embedding)]) as c;
  -- Words weigh as in an item that has them: a word of a title is less of what is meant than a tag, or than the text as a whole.
  select coalesce(max(f.weight), 0)
    into v_spoken
    from jophiel.feature_schemas as s
   cross join lateral jophiel._schema_features(s.features) as f
    join jophiel.terms as t
      on t.version = s.version
     and t.feature = f.feature
     and t.term = any (jophiel._phrases(p_text))
   where s.version = v_version;

  -- pgvector multiplies by vectors alone.
  v_words := v_words operator(public.*) array_fill(v_spoken, array[public.vector_dims(v_words)])::public.vector;
  v_meaning := v_meaning operator(public.*) array_fill(v_weight, array[public.vector_dims(v_meaning)])::public.vector;
  return public.l2_normalize(v_words operator(public.+) v_meaning)::public.halfvec;
end;
$$;

comment on function jophiel.query_vector(text, real[]) is
  'The content block of a text: the sum of the terms of any feature that are one of its words, or two or three in a row, each by feature weight and rarity, and, where it is given, of the text''s embedding by the model whose '
  'embeddings are in use; then both weigh as their features do (words as the heaviest one that has any of them). Of unit length, or zero where the vocabulary has none of the words. Raises JO001 for a text that is empty or longer than 1000 letters, JO011 for an embedding that is none of that model''s length.';
