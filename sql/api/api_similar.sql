-- Items like one, with what people know them by.
create or replace function jophiel.api_similar(p_item text, p_limit integer, p_reasons boolean)
  returns text
  language plpgsql
  volatile parallel unsafe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_item constant bigint := jophiel._find_id('item', p_item);
begin
  return json_build_object(
    'item_id', jophiel._json_key('item', v_item),
    'items', coalesce((select json_agg(json_build_object('item_id', jophiel._json_key('item', s.item_id), 'score', s.score, 'title', i.title,
                                                         'creator_id', jophiel._json_key('user', i.creator_id), 'reasons', r.reasons) order by s.rank)
                         from jophiel.similar_items(v_item, p_limit) as s
                         join jophiel.items as i on i.item_id = s.item_id
                         left join lateral (
                                select json_agg(json_build_object(
                                         'component', e.component, 'weight', e.weight, 'value', e.value, 'contribution', e.contribution)) as reasons
                                  from jophiel._explain_similar(v_item, array[s.item_id]) as e
                                 where p_reasons) as r on true), '[]'));
end;
$$;

comment on function jophiel.api_similar(text, integer, boolean) is
  'similar_items() as JSON text, with their components where wanted. For the HTTP API, with the owner''s rights (security definer). Raises JO001, JO003.';
