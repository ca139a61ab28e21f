-- Events without an id get one that sorts by real time (UUID version 7), so that of two calls at the same frozen or
-- transaction time (a like and its unlike) the later one wins. That is why this reads the wall clock and not _now().
create or replace function jophiel._new_event_id(p_ordinal bigint default 0)
  returns uuid
  language plpgsql
  volatile parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_micros bigint := floor(date_part('epoch', clock_timestamp()) * 1e6::float8)::bigint + p_ordinal;
  v_millis text := lpad(to_hex(v_micros / 1000), 12, '0');
begin
  return (substr(v_millis, 1, 8) || '-' || substr(v_millis, 9, 4) || '-7' || lpad(to_hex(v_micros % 1000), 3, '0')
          || substr(gen_random_uuid()::text, 19))::uuid;
end;
$$;

comment on function jophiel._new_event_id(bigint) is
  'A new UUID of version 7 with microseconds; p_ordinal keeps the rows of one call in their order.';
