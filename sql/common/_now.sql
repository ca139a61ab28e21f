-- The one clock, so that tests and what-if questions can freeze it: set jophiel.now = '2026-01-01T00:00:00Z'.
create or replace function jophiel._now()
  returns timestamptz
  language sql
  stable parallel safe
as $$
  select coalesce(nullif(pg_catalog.current_setting('jophiel.now', true), '')::timestamptz, pg_catalog.now())
$$;

comment on function jophiel._now() is
  'The time of the transaction, or the one that the session froze in the setting jophiel.now.';
