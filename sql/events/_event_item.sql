-- What a publisher calls an item, as upsert_items() takes it. Inlined: no table is touched.
create or replace function jophiel._event_item(p_payload jsonb, p_type jophiel.event_types)
  returns jsonb
  language sql
  stable parallel safe
as $$
  select pg_catalog.jsonb_build_object(
           'item_id', p_payload -> (p_type).item_field,
           'creator_id', p_payload -> (p_type).creator_field,
           'domain', (p_type).domain,
           'title', p_payload -> (p_type).metadata_field -> (p_type).title_field,
           'description', p_payload -> (p_type).metadata_field -> (p_type).description_field,
           'tags', case pg_catalog.jsonb_typeof(p_payload -> (p_type).metadata_field -> (p_type).tags_field)
                     when 'string' then pg_catalog.jsonb_build_array(p_payload -> (p_type).metadata_field -> (p_type).tags_field)
                     else p_payload -> (p_type).metadata_field -> (p_type).tags_field
                   end,
           'metadata', p_payload -> (p_type).metadata_field)
$$;

comment on function jophiel._event_item(jsonb, jophiel.event_types) is
  'The item in the payload of an event: the metadata whole, and title, description and tags from the fields of it that the event''s type names.';
