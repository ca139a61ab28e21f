-- A chunk of embeddings, and the vectors that follow from them, in one transaction.
create or replace function jophiel._put_embeddings(
  p_model      text,
  p_item_ids   bigint[],
  p_updated_at timestamptz[],
  p_hashes     bytea[],
  p_embeddings text[]
)
  returns integer
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_live    bigint[];
  v_changed bigint[];
  v_length  integer;
  v_wrong   integer;
begin
  v_length := coalesce(jophiel._embedding_length(p_model),
                       (select public.vector_dims(n.embedding::public.vector) from unnest(p_embeddings) as n (embedding) where n.embedding is not null limit 1));
  select public.vector_dims(n.embedding::public.vector)
    into v_wrong
    from unnest(p_embeddings) as n (embedding)
   where public.vector_dims(n.embedding::public.vector) <> v_length
   limit 1;
  if found then
    raise exception 'the model % makes vectors of % numbers, and those that are stored have %', p_model, v_wrong, v_length
      using errcode = 'JO011',
            hint = 'It has become another model. jophiel items embed --all makes them all anew.';
  end if;

  v_live := array(
    select l.item_id
      from (select i.item_id
              from jophiel.items as i
             where i.item_id = any (p_item_ids)
             order by i.item_id
               for no key update of i) as l);
  -- Now, in the order of locks: a version that is made active meanwhile has all of this in its vectors, or comes first and we see it.
  perform jophiel._lock_schema_version();

  with written as (
    insert into jophiel.item_embeddings as e (item_id, model, text_sha256, item_updated_at, embedding)
    select n.item_id, p_model, n.text_sha256, n.updated_at, n.embedding::public.halfvec
      from unnest(p_item_ids, p_updated_at, p_hashes, p_embeddings) as n (item_id, updated_at, text_sha256, embedding)
     where n.item_id = any (v_live)
     order by n.item_id
        on conflict (item_id, model) do update
       set text_sha256 = excluded.text_sha256,
           item_updated_at = excluded.item_updated_at,
           -- Nothing is given for a text that is embedded already.
           embedding = case when excluded.embedding is null and e.text_sha256 = excluded.text_sha256 then e.embedding else excluded.embedding end
    returning e.item_id, e.text_sha256
  )
  select array_agg(w.item_id)
    into v_changed
    from written as w
    join unnest(p_item_ids, p_embeddings) as n (item_id, embedding) on n.item_id = w.item_id
   where n.embedding is not null
      or w.text_sha256 = sha256('');

  -- What is staged of them for the next version was made without: staged again.
  delete from jophiel.staged_vectors as v
   where v.item_id = any (v_changed);
  if v_changed is not null and jophiel._embedding_model() = p_model then
    perform jophiel._vectorise_items(v_changed);
  end if;
  return coalesce(cardinality(v_changed), 0);
end;
$$;

comment on function jophiel._put_embeddings(text, bigint[], timestamptz[], bytea[], text[]) is
  'Stores what a model made of items'' texts (parallel arrays: id, the change of the item that was read, hash of the text, embedding; null for an empty text and for one whose embedding '
  'is there), and makes their vectors anew where vectors have the model''s embeddings. Returns how many embeddings were new. Raises JO011 where they are of another length than the model''s stored ones.';
