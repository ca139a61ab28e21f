-- The catalogue in pages by key, of a domain and of a tag where they are given.
create or replace function jophiel.api_items(p_domain text, p_tag text, p_after bigint, p_limit integer)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_ids bigint[];
begin
  perform jophiel._check_limit(p_limit, 100);
  v_ids := array(
    select i.item_id
      from jophiel.items as i
     where i.deleted_at is null
       and (p_domain is null or i.domain = p_domain)
       and (p_tag is null or i.tags @> array[p_tag])
       and (p_after is null or i.item_id > p_after)
     order by i.item_id
     limit p_limit + 1);

  return (
    select json_build_object(
             'items', coalesce(json_agg(jophiel._json_item(i) order by i.item_id), '[]'),
             'next_cursor', case when cardinality(v_ids) > p_limit then v_ids[p_limit]::text end)
      from jophiel.items as i
     where i.item_id = any (v_ids[: p_limit]));
end;
$$;

comment on function jophiel.api_items(text, text, bigint, integer) is
  'Live items after an id, by id; next_cursor is the last one''s, null at the end. For the HTTP API, with the owner''s rights (security definer). Raises JO001.';
