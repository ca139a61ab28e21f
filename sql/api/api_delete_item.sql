-- Takes an item out of the catalogue.
create or replace function jophiel.api_delete_item(p_item text)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel.delete_item(jophiel._find_id('item', p_item));
end;
$$;

comment on function jophiel.api_delete_item(text) is
  'delete_item(). For the HTTP API, with the owner''s rights (security definer). Raises JO003.';
