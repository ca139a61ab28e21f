-- What an operator sees of the cache: how much of each kind and how old.
create or replace function jophiel.api_caches()
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object('caches', coalesce(json_agg(json_build_object(
             'kind', c.kind, 'answers', c.answers, 'oldest_at', jophiel._json_time(c.oldest_at), 'newest_at', jophiel._json_time(c.newest_at))
             order by c.kind), '[]'))
      from (select r.kind, count(*) as answers, min(r.created_at) as oldest_at, max(r.created_at) as newest_at
              from jophiel.recommendation_cache as r
             group by r.kind) as c);
end;
$$;

comment on function jophiel.api_caches() is
  'The cached answers by kind as JSON text. For the HTTP API, with the owner''s rights (security definer).';
