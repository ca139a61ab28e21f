-- What an operator and a monitor want to know, in one statement.
create or replace function jophiel.api_status()
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object(
             'pending', (select json_object_agg(s.stage, s.pending) from jophiel._batch_stages() as s),
             'feeds', (select json_build_object(
                                'count', count(*),
                                'age_mean_seconds', coalesce(avg(extract(epoch from jophiel._now() - f.computed_at)), 0)::float8,
                                'age_max_seconds', coalesce(max(extract(epoch from jophiel._now() - f.computed_at)), 0)::float8)
                         from jophiel.feeds as f),
             'users', (select count(*) from jophiel.users),
             'items', (select count(*) from jophiel.item_vectors),
             'stages', coalesce((select json_object_agg(t.stage, t.seconds) from jophiel.timing_summary as t), '{}')));
end;
$$;

comment on function jophiel.api_status() is
  'Work that waits by stage, number and age of the feeds, users, items, and seconds of each stage''s last run, as JSON text. For the HTTP API, with the owner''s rights '
  '(security definer).';
