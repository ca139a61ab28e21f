-- Items from the HTTP API, many at once.
create or replace function jophiel.api_put_items(p_items jsonb)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids      bigint[];
  v_outcomes text[];
begin
  select array_agg(w.item_id order by w.place), array_agg(w.outcome order by w.place)
    into v_ids, v_outcomes
    from jophiel.upsert_items(p_items) with ordinality as w (item_id, outcome, place);

  return jophiel._json_outcomes('item', v_ids, v_outcomes);
end;
$$;

comment on function jophiel.api_put_items(jsonb) is
  'upsert_items() with its outcomes as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO010, JO011, JO013.';
