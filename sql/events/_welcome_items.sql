-- What waited for an item takes effect with it: the log has the events, so the tastes are made anew, and the collections have other ideas.
create or replace function jophiel._welcome_items(p_item_ids bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_users bigint[] := array(select distinct i.user_id from jophiel.interactions as i where i.item_id = any (p_item_ids));
begin
  if v_users <> '{}' then
    perform jophiel._rebuild_tastes(v_users, true);
  end if;

  perform jophiel._drop_answers('ideas', array(
    select distinct c.collection_id
      from jophiel.collection_items as c
     where c.item_id = any (p_item_ids)));
end;
$$;

comment on function jophiel._welcome_items(bigint[]) is
  'Makes what people did with items before they came count now. Events about items that upsert_items() or an import brings count from the next batch on.';
