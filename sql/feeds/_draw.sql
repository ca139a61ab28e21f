-- A random number that is the same on every machine.
create or replace function jophiel._draw(p_seed text)
  returns double precision
  language sql
  immutable parallel safe
  return ('x' || pg_catalog.substr(pg_catalog.md5(p_seed), 1, 12))::bit(48)::bigint / 281474976710656::double precision;

comment on function jophiel._draw(text) is 'A number from 0 up to 1, drawn by the MD5 of a seed.';
