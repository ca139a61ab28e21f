-- Rare terms share the last coordinates. With a sign, so that strangers who meet in one cancel on average instead of adding up;
-- SHA-256, so that every machine and every version of PostgreSQL agrees. One expression, so that it is inlined (stable,
-- because convert_to() is): hashing twice costs a tenth of a call.
create or replace function jophiel._tail_coordinate(p_feature text, p_term text, p_dimensions integer, p_hash_dimensions integer)
  returns integer
  language sql
  stable parallel safe
as $$
  select (p_dimensions
          - ('x00' || pg_catalog.left(pg_catalog.encode(
              pg_catalog.sha256(pg_catalog.convert_to(p_feature || e'\x1f' || p_term, 'UTF8')), 'hex'), 6))::bit(32)::integer % p_hash_dimensions)
         * (1 - 2 * (pg_catalog.get_byte(pg_catalog.sha256(pg_catalog.convert_to(p_feature || e'\x1f' || p_term, 'UTF8')), 3) & 1))
$$;

comment on function jophiel._tail_coordinate(text, text, integer, integer) is
  'The coordinate (from 1, one of the last p_hash_dimensions of p_dimensions) that a rare term is hashed into, negative where the hash gives it a minus.';
