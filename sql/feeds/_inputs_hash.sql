-- Definitions and policies are edited by plain UPDATE, in a what-if transaction even; no version column would notice all of that.
-- Every session must see the same text, however it likes its intervals and floats written.
create or replace function jophiel._inputs_hash(p_definition jophiel.feed_definitions, p_policy jophiel.scoring_policies)
  returns bigint
  language sql
  stable parallel safe
  set intervalstyle = 'postgres'
  set extra_float_digits = 1
as $$
  select pg_catalog.hashtextextended(p_definition::text || p_policy::text, 0)
$$;

comment on function jophiel._inputs_hash(jophiel.feed_definitions, jophiel.scoring_policies) is
  'Digest of everything but the user that a feed depends on: a feed with another one is stale.';
