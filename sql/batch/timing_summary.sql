-- What an operator asks first: how long did each stage take when it last ran, and how fast was it?
create or replace view jophiel.timing_summary as
with last_run as (
  select distinct on (t.stage) t.stage, t.run_id
    from jophiel.timings as t
   order by t.stage, t.finished_at desc, t.run_id
)
select t.stage,
       t.run_id,
       max(t.processed) as processed,
       max(t.total_seconds) as seconds,
       max(t.processed) / nullif(max(t.total_seconds), 0) as per_second,
       min(t.total_seconds) filter (where t.processed >= 10) as first_10_seconds,
       min(t.total_seconds) filter (where t.processed >= 100) as first_100_seconds,
       min(t.total_seconds) filter (where t.processed >= 1000) as first_1000_seconds,
       max(t.finished_at) as finished_at
  from last_run as l
  join jophiel.timings as t on t.stage = l.stage and t.run_id = l.run_id
 group by t.stage, t.run_id;

comment on view jophiel.timing_summary is
  'The last run of each stage: items or users processed, seconds, how many a second, and the seconds until the first 10, 100 and '
  '1000 were done.';
