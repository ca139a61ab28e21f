-- What re-ranks or filters does not say what its last place is worth, so such feeds are not marked one by one: all of them are due when
-- an item is in one of them or could be shown by them at all.
create or replace function jophiel._could_change(p_definition jophiel.feed_definitions, p_item_ids bigint[])
  returns boolean
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
           select
             from jophiel.item_vectors as h
            where h.item_id = any (p_item_ids)
              and (h.domain = p_definition.domain or p_definition.domain is null)
              and (p_definition.filter = '{}'
                   or h.item_id in (select f.item_id
                                      from jophiel.find_filtered_items(p_definition.filter, p_definition.domain) as f (item_id))))
      or exists (select from jophiel.feeds as f where f.feed = p_definition.feed and f.item_ids && p_item_ids);
end;
$$;

comment on function jophiel._could_change(jophiel.feed_definitions, bigint[]) is
  'Whether one of the items passes the domain and filter of a definition, or stands in one of its feeds.';
