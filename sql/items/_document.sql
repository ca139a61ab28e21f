-- One JSON object that feature sources point into, whatever column a field lives in. Inlined: no table is touched.
create or replace function jophiel._document(p_item jophiel.items)
  returns jsonb
  language sql
  stable parallel safe
as $$
  select (p_item).metadata || pg_catalog.jsonb_build_object(
    'title', (p_item).title,
    'description', (p_item).description,
    'tags', (p_item).tags)
$$;

comment on function jophiel._document(jophiel.items) is
  'An item''s document: its metadata with title, description and tags on top.';
