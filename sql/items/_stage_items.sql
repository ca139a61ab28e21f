-- Vectors of the version that is being built, for the given items; tombstones too, for tastes keep what they taught.
create or replace function jophiel._stage_items(p_version integer, p_item_ids bigint[])
  returns integer
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_staged integer;
begin
  insert into jophiel.staged_vectors as v (item_id, version, signal)
  select c.id, p_version, c.content
    from (select array_agg(i.item_id) as ids, array_agg(i.domain) as domains, array_agg(jophiel._document(i)) as documents
            from jophiel.items as i
           where i.item_id = any (p_item_ids)) as d
   cross join lateral jophiel._content_vectors(p_version, d.ids, d.domains, jophiel._with_embeddings(p_version, d.ids, d.documents)) as c
   order by c.id
      on conflict (item_id) do update
     set version = excluded.version,
         signal = excluded.signal;

  get diagnostics v_staged = row_count;
  return v_staged;
end;
$$;

comment on function jophiel._stage_items(integer, bigint[]) is
  'Writes the content blocks of items to staged_vectors and returns how many.';
