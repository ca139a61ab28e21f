-- The text that is embedded: one definition, so that its hash says whether it has changed.
create or replace function jophiel._item_text(p_document jsonb, p_fields jsonb)
  returns text
  language sql
  immutable parallel safe
as $$
  select coalesce(pg_catalog.string_agg(t.words, '. ' order by f.place), '')
    from pg_catalog.jsonb_array_elements_text(p_fields) with ordinality as f (path, place)
   cross join lateral (select pg_catalog.btrim(jophiel._text_of(p_document #> pg_catalog.string_to_array(f.path, '.')), e' \t\r\n') as words) as t
   where t.words <> ''
$$;

comment on function jophiel._item_text(jsonb, jsonb) is
  'The fields (a JSON list of paths: the setting embedding_fields) of a document as one text, with full stops between; empty where it has none of them.';
