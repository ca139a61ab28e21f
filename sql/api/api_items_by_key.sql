-- Feeds, searches and boards name items: what a page shows of all of them comes in one answer.
create or replace function jophiel.api_items_by_key(p_items text[])
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
begin
  perform jophiel._check_limit(cardinality(p_items), 100);
  return (
    select json_build_object('items', coalesce(json_agg(f.item order by q.place), '[]'), 'next_cursor', null)
      from (select jophiel.key_id(k.item_key) as item_id, min(k.place) as place
              from unnest(p_items) with ordinality as k (item_key, place)
             group by 1) as q
     cross join lateral (
             select jophiel._json_item(i) as item
               from jophiel.items as i
              where i.item_id = q.item_id
                and i.deleted_at is null
             offset 0) as f);
end;
$$;

comment on function jophiel.api_items_by_key(text[]) is
  'Up to 100 items by key as JSON text, each once, in the order they were asked for; what is no item is left out. For the HTTP API, with the owner''s rights (security definer). Raises JO001.';
