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

  -- A statement of its own: it sees the keys that were registered.
  return (
    select json_build_object('results', coalesce(json_agg(json_build_object(
             'item_id', jophiel._json_key('item', w.id), 'outcome', w.outcome) order by w.place), '[]'))
      from unnest(v_ids, v_outcomes) with ordinality as w (id, outcome, place));
end;
$$;

comment on function jophiel.api_put_items(jsonb) is
  'upsert_items() with its outcomes as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO010, JO011, JO013.';
