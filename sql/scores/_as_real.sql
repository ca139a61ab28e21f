-- Feeds keep their scores as real. What is nearer to zero than a real can be (the novelty of an old item, all that a user without a taste
-- has against it) is an error to PostgreSQL, and nothing to us: the order was made before.
create or replace function jophiel._as_real(p_score double precision)
  returns real
  language sql
  immutable parallel safe
  return case when pg_catalog.abs(p_score) < 1e-37::double precision then 0::real else p_score::real end;

comment on function jophiel._as_real(double precision) is 'A score as it is stored; 0 where it would underflow.';
