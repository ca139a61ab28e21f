-- Items from the HTTP API, many at once.
create or replace function jophiel.api_put_items(p_items jsonb)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object('results', coalesce(json_agg(json_build_object(
             'item_id', jophiel._json_key('item', w.item_id), 'outcome', w.outcome) order by w.place), '[]'))
      from jophiel.upsert_items(p_items) with ordinality as w (item_id, outcome, place));
end;
$$;

comment on function jophiel.api_put_items(jsonb) is
  'upsert_items() with its outcomes as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO010, JO011, JO013.';
