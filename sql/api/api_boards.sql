-- The collections of a user with what is in them.
create or replace function jophiel.api_boards(p_user text)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user constant bigint := jophiel._find_id('user', p_user);
begin
  return (
    select json_build_object(
             'user_id', jophiel._json_key('user', v_user),
             'boards', coalesce(json_agg(json_build_object(
               'board_id', jophiel._json_key('collection', c.collection_id), 'title', c.title,
               'updated_at', jophiel._json_time(c.updated_at),
               'item_ids', jophiel._json_keys('item', array(
                 select k.item_id
                   from jophiel.collection_items as k
                  where k.user_id = v_user
                    and k.collection_id = c.collection_id
                    and k.is_active
                  order by k.happened_at, k.item_id
                  limit 1000))) order by c.created_at, c.collection_id), '[]'))
      from (select b.*
              from jophiel.collections as b
             where b.user_id = v_user
             order by b.created_at, b.collection_id
             limit 1000) as c);
end;
$$;

comment on function jophiel.api_boards(text) is
  'The collections of a user, up to 1000, with up to 1000 items each, as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO002.';
