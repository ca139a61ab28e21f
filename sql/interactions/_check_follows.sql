-- All or nothing: what is wrong with a row is said before anything is written.
create or replace function jophiel._check_follows(p_follows jsonb)
  returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_latest constant timestamptz := jophiel._latest_time();
  v_bad record;
begin
  perform jophiel._check_rows(p_follows, 'follows');

  select c.ordinal, c.reason
    into v_bad
    from (
      select r.ordinal,
             case
               when jophiel._read_id(r.value -> 'user_id') is null
                 then 'user_id must be an integer or a text key'
               when jophiel._read_id(coalesce(r.value -> 'creator_id', r.value -> 'followed_user_id')) is null
                 then 'creator_id must be an integer or a text key'
               when coalesce(r.value ->> 'type', 'follow') not in ('follow', 'unfollow')
                 then 'type must be follow or unfollow'
               when nullif(r.value -> 'ts', 'null') is not null and jophiel._read_time(r.value -> 'ts') is null
                 then 'ts must be ISO 8601 text or unix seconds'
               when jophiel._read_time(r.value -> 'ts') > v_latest
                 then 'ts lies in the future'
               when not pg_input_is_valid(coalesce(r.value ->> 'event_id', gen_random_uuid()::text), 'uuid')
                 then 'event_id must be a UUID'
             end as reason
        from jsonb_array_elements(p_follows) with ordinality as r (value, ordinal)) as c
   where c.reason is not null
   order by c.ordinal
   limit 1;

  if found then
    raise exception 'row % of the follows: %', v_bad.ordinal, v_bad.reason
      using errcode = 'JO010',
            hint = 'Nothing was written. Mend the row and send all again.';
  end if;
end;
$$;

comment on function jophiel._check_follows(jsonb) is
  'Raises JO010 with the number (from 1) of the first bad row and what is wrong with it.';
