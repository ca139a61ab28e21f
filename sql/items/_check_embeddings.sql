-- A broken embedding is refused at the door; behind it, it only counts as unknown, so that one item never stops a batch.
create or replace function jophiel._check_embeddings(p_features jsonb, p_ids bigint[], p_domains text[], p_documents jsonb[])
  returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_id      bigint;
  v_feature text;
begin
  select d.id, f.feature
    into v_id, v_feature
    from unnest(p_ids, p_domains, p_documents) as d (id, domain, document)
    join jophiel._schema_features(p_features) as f
      on f.kind = 'embedding'
     and (f.domain is null or f.domain = d.domain)
   where jsonb_typeof(d.document #> f.source) <> 'null'
     and not jophiel._is_embedding(d.document #> f.source)
   order by d.id, f.feature
   limit 1;

  if found then
    raise exception 'item %: the embedding "%" is not an array of numbers', coalesce(v_id::text, 'without id'), v_feature
      using errcode = 'JO011',
            hint = 'Numbers lie between -1e6 and 1e6 (there is no NaN or infinity); leave the field out where there is none.';
  end if;
end;
$$;

comment on function jophiel._check_embeddings(jsonb, bigint[], text[], jsonb[]) is
  'Raises JO011 where a document (parallel arrays: id, domain, document) has an embedding that is none.';
