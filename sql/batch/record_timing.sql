-- Whoever carries a stage out tells here how long it took: the batch, imports, index builds.
create or replace function jophiel.record_timing(
  p_run_id        uuid,
  p_stage         text,
  p_processed     bigint,
  p_chunk         bigint,
  p_chunk_seconds double precision,
  p_total_seconds double precision
)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := jophiel._now();
begin
  if p_run_id is null or coalesce(p_stage, '') = '' or p_processed is null or p_processed < 0 or p_chunk is null
     or p_chunk_seconds is null or p_total_seconds is null then
    raise exception 'a timing of stage % needs a run, a number and seconds', coalesce(p_stage, 'null')
      using errcode = 'JO001',
            hint = 'Call jophiel.record_timing(run_id, stage, processed, chunk, chunk_seconds, total_seconds).';
  end if;

  insert into jophiel.timings as t (run_id, stage, processed, chunk, chunk_seconds, total_seconds, finished_at)
  values (p_run_id, p_stage, p_processed, p_chunk, p_chunk_seconds, p_total_seconds, v_now)
      on conflict (run_id, stage, processed) do update
     set chunk = excluded.chunk,
         chunk_seconds = excluded.chunk_seconds,
         total_seconds = excluded.total_seconds,
         finished_at = excluded.finished_at;

  -- Once a stage, with its first row.
  if p_processed = p_chunk then
    delete from jophiel.timings as t
     where t.finished_at < v_now - make_interval(secs => 86400 * jophiel._setting('timings_days'));
  end if;
end;
$$;

comment on function jophiel.record_timing(uuid, text, bigint, bigint, double precision, double precision) is
  'Notes how long a chunk of a stage took, and the stage so far; forgets what is older than the setting timings_days. Seconds. Raises '
  'JO001 for a null.';
