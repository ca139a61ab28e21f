-- Ideas for a board, with what people know them by.
create or replace function jophiel.api_ideas(p_user text, p_board text, p_limit integer)
  returns text
  language plpgsql
  volatile parallel unsafe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_board constant bigint := jophiel._find_id('collection', p_board);
begin
  if p_user is not null and not exists (
       select from jophiel.collections as c where c.user_id = jophiel.key_id(p_user) and c.collection_id = v_board) then
    raise exception 'user "%" has no collection "%"', p_user, p_board
      using errcode = 'JO004',
            hint = 'Add an item to it, or create it.';
  end if;

  return json_build_object(
    'board_id', jophiel._json_key('collection', v_board),
    'items', coalesce((select json_agg(json_build_object('item_id', jophiel._json_key('item', s.item_id), 'score', s.score, 'title', i.title,
                                                         'creator_id', jophiel._json_key('user', i.creator_id)) order by s.rank)
                         from jophiel.collection_ideas(v_board, p_limit, jophiel.key_id(p_user)) as s
                         join jophiel.items as i on i.item_id = s.item_id), '[]'));
end;
$$;

comment on function jophiel.api_ideas(text, text, integer) is
  'collection_ideas() as JSON text; with a user, only for a collection of that user, and from what that user put there. For the HTTP API, with the owner''s rights (security definer). Raises JO001, JO004.';
