-- Counting reads the whole log: once an hour, and at once when much of it is new.
create or replace function jophiel._popularity_is_due()
  returns boolean
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_last timestamptz;
begin
  select m.value::timestamptz
    into v_last
    from jophiel.meta as m
   where m.name = 'popularity_at';

  return exists (select from jophiel.interactions)
     and (v_last is null
          or v_last < jophiel._now() - interval '1 hour'
          or (select count(*) filter (where t.stale_since > v_last) > 0.1::float8 * count(*) from jophiel.tastes as t));
end;
$$;

comment on function jophiel._popularity_is_due() is
  'Whether popularity was never counted, was counted more than an hour ago, or a tenth of all tastes has become stale since.';
