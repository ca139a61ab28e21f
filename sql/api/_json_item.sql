-- One shape of an item, for one and for lists.
create or replace function jophiel._json_item(p_item jophiel.items)
  returns json
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return json_build_object(
    'item_id', jophiel._json_key('item', p_item.item_id), 'domain', p_item.domain,
    'creator_id', jophiel._json_key('user', p_item.creator_id), 'title', p_item.title, 'description', p_item.description, 'tags', p_item.tags,
    'metadata', p_item.metadata, 'created_at', jophiel._json_time(p_item.created_at), 'updated_at', jophiel._json_time(p_item.updated_at));
end;
$$;

comment on function jophiel._json_item(jophiel.items) is 'An item as JSON, as it was given.';
