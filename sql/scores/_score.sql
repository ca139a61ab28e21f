-- The formula, in one place. Plain SQL without SET, so that it is inlined into every statement that scores.
create or replace function jophiel._score(
  p_offer         public.halfvec,
  p_query         public.halfvec,
  p_age           double precision,
  p_novelty       double precision,
  p_novelty_decay double precision,
  p_bonus         double precision
)
  returns double precision
  language sql
  immutable parallel safe
as $$
  select p_bonus
         + p_novelty * pg_catalog.exp(greatest(-700::float8, least(0::float8, p_novelty_decay * p_age)))
         - (p_offer operator(public.<#>) p_query)
$$;

comment on function jophiel._score(public.halfvec, public.halfvec, double precision, double precision, double precision, double precision) is
  'Score of an item: inner product of offer and query (similarity with its weights) + novelty weight * exp(decay * age in seconds) + bonus '
  '(following, popularity). p_novelty_decay: -ln(2) / half-life. The exponent is cut where exp would underflow; an age below 0 counts as 0.';
