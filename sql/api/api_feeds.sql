-- The feed definitions that an application can ask for.
create or replace function jophiel.api_feeds()
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object('feeds', coalesce(json_agg(json_build_object(
             'feed', d.feed, 'policy', d.policy, 'domain', d.domain, 'filter', d.filter, 'size', d.size, 'diversity', d.diversity,
             'creator_cap', d.creator_cap, 'exploration', d.exploration, 'cold_slots', d.cold_slots, 'max_age', extract(epoch from d.max_age)::float8,
             'is_scheduled', d.is_scheduled) order by d.feed), '[]'))
      from jophiel.feed_definitions as d);
end;
$$;

comment on function jophiel.api_feeds() is
  'The feed definitions as JSON text; max_age in seconds. For the HTTP API, with the owner''s rights (security definer).';
