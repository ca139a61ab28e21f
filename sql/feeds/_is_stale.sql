-- What stale means, in one place. Plain SQL without SET, so that it is inlined into the statements that look for stale feeds.
create or replace function jophiel._is_stale(
  p_made_from     bigint,
  p_taste_version bigint,
  p_made_with     bigint,
  p_inputs_hash   bigint,
  p_computed_at   timestamptz,
  p_oldest        timestamptz
)
  returns boolean
  language sql
  immutable parallel safe
as $$
  select p_made_from is null
         or p_made_from <> coalesce(p_taste_version, 0)
         or p_made_with <> p_inputs_hash
         or p_computed_at < p_oldest
$$;

comment on function jophiel._is_stale(bigint, bigint, bigint, bigint, timestamptz, timestamptz) is
  'Whether a feed is missing (p_made_from null), or was made from another version of the taste, with other inputs, or before p_oldest. Marks are apart.';
