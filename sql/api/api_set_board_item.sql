-- An item joins a collection or leaves it.
create or replace function jophiel.api_set_board_item(p_user text, p_board text, p_item text, p_is_in boolean)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_changed boolean;
begin
  if p_is_in then
    v_changed := jophiel.add_to_collection(p_user, p_board, p_item);
  else
    v_changed := jophiel.remove_from_collection(p_user, p_board, p_item);
  end if;

  return json_build_object('board_id', jophiel._json_key('collection', jophiel.key_id(p_board)),
                           'item_id', jophiel._json_key('item', jophiel.key_id(p_item)), 'is_in', p_is_in, 'applied', v_changed);
end;
$$;

comment on function jophiel.api_set_board_item(text, text, text, boolean) is
  'add_to_collection() or remove_from_collection() by keys, as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO001.';
