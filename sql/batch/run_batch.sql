-- call jophiel.run_batch(): one cycle from psql or pg_cron, and any number of them side by side.
-- No search_path is pinned, because a procedure with SET cannot commit; every name is qualified instead.
create or replace procedure jophiel.run_batch(p_chunk integer default 500)
  language plpgsql
as $$
declare
  v_run constant uuid := pg_catalog.gen_random_uuid();
  v_stage text;
  v_started timestamptz;
  v_chunk_started timestamptz;
  v_processed bigint;
  v_done bigint;
begin
  if p_chunk is null or p_chunk operator(pg_catalog.<) 1 then
    raise exception 'chunk % is out of range', coalesce(p_chunk::text, 'null')
      using errcode = 'JO001',
            hint = 'Give how many users or items a transaction takes: 500.';
  end if;

  for v_stage in
    select s.stage from jophiel._batch_stages() as s
  loop
    v_started := pg_catalog.clock_timestamp();
    v_processed := 0;
    loop
      v_chunk_started := pg_catalog.clock_timestamp();
      v_done := jophiel._run_batch_step(v_stage, jophiel._next_chunk(v_processed, p_chunk));
      exit when v_done = 0;
      v_processed := v_processed + v_done;
      perform jophiel.record_timing(
        v_run, v_stage, v_processed, v_done,
        extract(epoch from pg_catalog.clock_timestamp() - v_chunk_started)::double precision,
        extract(epoch from pg_catalog.clock_timestamp() - v_started)::double precision);
      commit;
    end loop;
    commit;
  end loop;
end;
$$;

comment on procedure jophiel.run_batch(integer) is
  'One batch cycle: schema, items, cells, popularity, creators, taste, probes, match, feeds, inbox; chunks of p_chunk a transaction. Safe to run many at once and to kill. Raises JO001.';
