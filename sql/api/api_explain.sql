-- Why an item has its score.
create or replace function jophiel.api_explain(p_user text, p_item text, p_feed text)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_user constant bigint := jophiel._find_id('user', p_user);
  v_item constant bigint := jophiel._find_id('item', p_item);
begin
  return (
    select json_build_object(
             'user_id', jophiel._json_key('user', v_user), 'item_id', jophiel._json_key('item', v_item), 'feed', p_feed,
             'title', (select i.title from jophiel.items as i where i.item_id = v_item),
             'score', sum(e.contribution),
             'reasons', json_agg(json_build_object('component', e.component, 'weight', e.weight, 'value', e.value, 'contribution', e.contribution)),
             'because', coalesce(
               (select json_agg(json_build_object('item_id', jophiel._json_key('item', b.item_id), 'title', b.title, 'contribution', b.contribution))
                  from jophiel.explain_because(v_user, v_item, p_feed) as b), '[]'))
      from jophiel.explain_score(v_user, v_item, p_feed) as e);
end;
$$;

comment on function jophiel.api_explain(text, text, text) is
  'explain_score() as JSON text, with the sum and explain_because(). For the HTTP API, with the owner''s rights (security definer). Raises JO002, JO003, JO005.';
