-- How long each stage took when it last ran.
create or replace function jophiel.api_timings()
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object('stages', coalesce(json_agg(json_build_object(
             'stage', s.stage, 'run_id', s.run_id, 'processed', s.processed, 'seconds', s.seconds, 'per_second', s.per_second,
             'first_10_seconds', s.first_10_seconds, 'first_100_seconds', s.first_100_seconds, 'first_1000_seconds', s.first_1000_seconds,
             'finished_at', jophiel._json_time(s.finished_at)) order by s.stage), '[]'))
      from jophiel.timing_summary as s);
end;
$$;

comment on function jophiel.api_timings() is
  'The view timing_summary as JSON text. For the HTTP API, with the owner''s rights (security definer).';
