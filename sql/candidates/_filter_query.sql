-- The statement behind find_filtered_items, apart so that a test can ask for its plan.
create or replace function jophiel._filter_query(p_filter jsonb, p_domain text)
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel.check_filter(p_filter);
  return 'select i.item_id from jophiel.items as i where i.deleted_at is null'
         || case when p_domain is null then '' else format(' and i.domain = %L', p_domain) end
         || coalesce(
              (select string_agg(jophiel._filter_condition(f.key, f.value), '' order by f.key) from jsonb_each(p_filter) as f), '');
end;
$$;

comment on function jophiel._filter_query(jsonb, text) is 'The SQL that finds the live items of a filter and a domain. Raises JO021.';
