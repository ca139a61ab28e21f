-- A collection's title, and the collection where there is none.
create or replace function jophiel.api_put_board(p_user text, p_board text, p_title text)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_outcome text;
begin
  select w.outcome
    into v_outcome
    from jophiel.upsert_collections(jsonb_build_array(jsonb_build_object(
           'user_id', p_user, 'collection_id', p_board, 'title', p_title))) as w;

  return json_build_object('board_id', jophiel._json_key('collection', jophiel.key_id(p_board)), 'outcome', v_outcome);
end;
$$;

comment on function jophiel.api_put_board(text, text, text) is
  'upsert_collections() for one, as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO010, JO013.';
