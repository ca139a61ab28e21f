-- The sum of an explanation is the score: nothing else adds it up.
create or replace function jophiel._explain_sums(
  p_user_id  bigint,
  p_item_ids bigint[],
  p_policy   jophiel.scoring_policies,
  p_at       timestamptz,
  p_wish     public.vector default null
)
  returns table (item_id bigint, score double precision)
  language sql
  stable parallel safe
as $$
  select e.item_id, pg_catalog.sum(e.contribution)
    from jophiel._explain_scores(p_user_id, p_item_ids, p_policy, p_at, p_wish) as e
   group by e.item_id
$$;

comment on function jophiel._explain_sums(bigint, bigint[], jophiel.scoring_policies, timestamptz, public.vector) is
  'Scores of the given live items for a user at a time. Raises JO002.';
