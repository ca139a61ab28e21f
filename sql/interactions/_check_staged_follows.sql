-- Bad rows leave the staging table for staged_faults, so that whoever goes on imports only good ones.
create or replace function jophiel._check_staged_follows()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_latest constant timestamptz := jophiel._latest_time();
  v_faults bigint;
begin
  insert into pg_temp.staged_faults (part, line, reason)
  select 'follows', s.line, f.reason
    from pg_temp.staged_follows as s
   cross join lateral (
     select case
              when coalesce(btrim(s.user_id), '') = '' then 'user_id is empty'
              when coalesce(btrim(s.creator_id), '') = '' then 'creator_id is empty'
              when length(btrim(s.user_id)) > 500 then 'user_id is longer than 500 characters'
              when length(btrim(s.creator_id)) > 500 then 'creator_id is longer than 500 characters'
              when coalesce(btrim(s.ts), '') <> '' and jophiel._parse_time(btrim(s.ts)) is null
                then format('ts %L is neither unix seconds nor ISO 8601', left(s.ts, 40))
              when jophiel._parse_time(nullif(btrim(s.ts), '')) > v_latest
                then format('ts %L lies in the future', left(s.ts, 40))
            end as reason
   ) as f
   where f.reason is not null;

  get diagnostics v_faults = row_count;

  delete from pg_temp.staged_follows as s
   using pg_temp.staged_faults as f
   where v_faults > 0
     and f.part = 'follows'
     and f.line = s.line;

  return v_faults;
end;
$$;

comment on function jophiel._check_staged_follows() is
  'Moves the bad rows of staged_follows to staged_faults, with the reason; returns how many.';
