-- How often a user did what.
create or replace function jophiel.api_interaction_totals(p_user text)
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
             'total', coalesce(sum(t.count), 0),
             'types', coalesce(json_object_agg(t.interaction_type, json_build_object(
                        'count', t.count, 'active', t.active, 'items', t.items, 'first_at', jophiel._json_time(t.first_at),
                        'last_at', jophiel._json_time(t.last_at)) order by t.interaction_type), '{}'))
      from (select x.interaction_type, count(*) as count, count(*) filter (where x.is_active) as active,
                   count(distinct x.item_id) as items, min(x.happened_at) as first_at, max(x.happened_at) as last_at
              from jophiel.interactions as x
             where x.user_id = v_user
             group by x.interaction_type) as t);
end;
$$;

comment on function jophiel.api_interaction_totals(text) is
  'Counts of a user''s interactions by type as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO002.';
