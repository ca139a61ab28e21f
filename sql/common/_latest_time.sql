-- Of tomorrow nobody has done anything yet; and a taste that is dated by a mistyped year would hear of nothing else until then.
create or replace function jophiel._latest_time()
  returns timestamptz
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jophiel._now() + make_interval(secs => jophiel._setting('event_future_seconds'));
end;
$$;

comment on function jophiel._latest_time() is
  'The latest time at which something can have happened: now, and the setting event_future_seconds for clocks that run fast.';
