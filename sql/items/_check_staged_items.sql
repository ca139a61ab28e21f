-- Bad rows leave the staging table for staged_faults, so that whoever goes on imports only good ones.
create or replace function jophiel._check_staged_items()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_faults bigint;
begin
  insert into pg_temp.staged_faults (part, line, reason)
  select 'items', s.line, f.reason
    from pg_temp.staged_items as s
   cross join lateral (
     select case
              when coalesce(btrim(s.item_id), '') = '' then 'item_id is empty'
              when length(btrim(s.item_id)) > 500 then 'item_id is longer than 500 characters'
              when length(btrim(s.creator_id)) > 500 then 'creator_id is longer than 500 characters'
              when length(btrim(s.domain)) > 100 then 'domain is longer than 100 characters'
              when coalesce(btrim(s.created_at), '') <> '' and jophiel._parse_time(btrim(s.created_at)) is null
                then format('created_at %L is neither unix seconds nor ISO 8601', left(s.created_at, 40))
              when exists (select from unnest(s.tags) as t (tag) where length(t.tag) > 500)
                then 'a tag is longer than 500 characters'
            end as reason
   ) as f
   where f.reason is not null;

  get diagnostics v_faults = row_count;

  delete from pg_temp.staged_items as s
   using pg_temp.staged_faults as f
   where v_faults > 0
     and f.part = 'items'
     and f.line = s.line;

  return v_faults;
end;
$$;

comment on function jophiel._check_staged_items() is
  'Moves the bad rows of staged_items to staged_faults, with the reason; returns how many.';
