-- Apart from key_id(), which the planner then writes into the statements that call it: convert_to() counts as stable, and would stop that.
-- It is immutable here, as the encoding of a database never changes.
create or replace function jophiel._key_hash(p_key text)
  returns bigint
  language sql
  immutable strict parallel safe
  return (
    'x' || pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(pg_catalog.convert_to(p_key, 'UTF8')), 1, 8), 'hex')
  )::bit(64)::bigint | (-9223372036854775808);

comment on function jophiel._key_hash(text) is 'The negative 63-bit hash (SHA-256) that a text key is inside. Null gives null.';
