-- What there is to embed is found by comparing, like all that the batch does: nothing has to be told, and nothing can be lost.
create or replace function jophiel._unembedded_items(p_model text, p_after bigint, p_all boolean, p_limit integer)
  returns table (item_id bigint, updated_at timestamptz, words text, text_sha256 bytea, is_known boolean)
  language plpgsql
  stable parallel safe
  rows 100
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_fields constant jsonb := (select s.value from jophiel.settings as s where s.name = 'embedding_fields');
begin
  return query
    select n.item_id, n.updated_at, n.words, sha256(convert_to(n.words, 'UTF8')), coalesce(n.text_sha256 = sha256(convert_to(n.words, 'UTF8')), false)
      from (select i.item_id, i.updated_at, e.text_sha256, jophiel._item_text(jophiel._document(i), v_fields) as words
              from jophiel.items as i
              left join jophiel.item_embeddings as e
                on e.item_id = i.item_id
               and e.model = p_model
             where i.deleted_at is null
               and (i.item_id > p_after or p_after is null)
               and (p_all or e.item_id is null or e.item_updated_at <> i.updated_at)
             order by i.item_id
             limit p_limit
            offset 0) as n
     order by n.item_id;
end;
$$;

comment on function jophiel._unembedded_items(text, bigint, boolean, integer) is
  'The next items (after an id, p_limit of them) that a model has not embedded or that were changed since, with p_all whatever is live: what to embed, its hash, and '
  'whether that is the hash of what was embedded.';
