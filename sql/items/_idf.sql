-- Rare terms say more. Smoothed, so that no term weighs nothing and an unseen one does not weigh without bound.
create or replace function jophiel._idf(p_items bigint, p_items_with_term bigint)
  returns double precision
  language sql
  immutable parallel safe
  return ln((p_items + 1)::double precision / (p_items_with_term + 1)::double precision) + 1;

comment on function jophiel._idf(bigint, bigint) is
  'Smoothed inverse document frequency: ln((items + 1) / (items with the term + 1)) + 1.';
