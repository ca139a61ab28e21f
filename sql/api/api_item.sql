-- An item as the application gave it.
create or replace function jophiel.api_item(p_item text)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_item constant bigint := jophiel._find_id('item', p_item);
begin
  return (select jophiel._json_item(i) from jophiel.items as i where i.item_id = v_item);
end;
$$;

comment on function jophiel.api_item(text) is
  'An item as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO003.';
