-- Bad rows leave the staging table for staged_faults, so that whoever goes on imports only good ones.
create or replace function jophiel._check_staged_interactions()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_latest constant timestamptz := jophiel._latest_time();
  v_types  text[] := array(select t.interaction_type from jophiel.interaction_types as t);
  v_faults bigint;
begin
  insert into pg_temp.staged_faults (part, line, reason)
  select 'interactions', s.line, f.reason
    from pg_temp.staged_interactions as s
   cross join lateral (
     select jophiel._interaction_fault(
              s.user_id, s.item_id, s.type, coalesce(nullif(btrim(s.type), ''), 'like') = any (v_types), s.weight, s.ts, v_latest
            ) as reason
   ) as f
   where f.reason is not null;

  get diagnostics v_faults = row_count;

  delete from pg_temp.staged_interactions as s
   using pg_temp.staged_faults as f
   where v_faults > 0
     and f.part = 'interactions'
     and f.line = s.line;

  return v_faults;
end;
$$;

comment on function jophiel._check_staged_interactions() is
  'Moves the bad rows of staged_interactions to staged_faults, with the reason; returns how many.';
