-- A search in the feed's shape.
create or replace function jophiel.api_search(
  p_query    text,
  p_user     text,
  p_domain   text,
  p_page     integer,
  p_per_page integer,
  p_base     text
)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_most  constant integer := 10000;
  v_user  constant bigint := jophiel._find_id('user', p_user);
  v_ids   bigint[];
  v_total integer;
begin
  -- bigint: the product of two integers may be none, and search_items() says what is wrong with a large offset.
  select array_agg(s.item_id order by s.rank)
    into v_ids
    from jophiel.search_items(p_query, v_user, p_per_page, least((p_page::bigint - 1) * p_per_page, 2000000000)::integer, p_domain) as s;

  select count(*)
    into v_total
    from (select
            from jophiel.items as i
           where i.search @@ jophiel._search_query(p_query)
             and i.deleted_at is null
             and (i.domain = p_domain or p_domain is null)
           limit v_most) as m;

  return jophiel._json_page(
    jophiel._json_key('user', v_user), jophiel._now(), coalesce(v_ids, '{}'), null, v_total, p_page, p_per_page, p_base);
end;
$$;

comment on function jophiel.api_search(text, text, text, integer, integer, text) is
  'A page of a search as JSON text; total counts up to 10,000. For the HTTP API, with the owner''s rights (security definer). Raises JO001, JO002.';
