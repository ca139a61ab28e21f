-- A page of a list of ids; the cursor is opaque to the caller.
create or replace function jophiel.api_ids(p_kind text, p_after text, p_limit integer, p_base text)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_ids   json;
  v_after text;
  v_count integer;
begin
  select json_agg(case when p_kind in ('items', 'users') and jophiel.key_id(s.id) >= 0 then s.id::json else to_json(s.id) end order by s.place),
         max(s.after) filter (where s.place = p_limit), count(*)
    into v_ids, v_after, v_count
    from jophiel.sync_ids(p_kind, p_after, p_limit) with ordinality as s (id, after, place);

  return json_build_object(
    'success', true,
    'data', json_build_object(
      'ids', coalesce(v_ids, '[]'), 'count', v_count, 'after', v_after,
      'next_page_url', p_base || 'after=' || v_after || '&limit=' || p_limit));
end;
$$;

comment on function jophiel.api_ids(text, text, integer, text) is
  'A page of sync_ids() as {success, data: {ids, count, after, next_page_url}}; after and the address are null where the page is not full. For the HTTP API, with the '
  'owner''s rights (security definer). Raises JO001.';
