-- The reasons of a page, one list an item.
create or replace function jophiel._explain_reasons(
  p_user_id  bigint,
  p_item_ids bigint[],
  p_policy   jophiel.scoring_policies,
  p_at       timestamptz,
  p_wish     public.vector default null
)
  returns table (item_id bigint, reasons json)
  language sql
  stable parallel safe
as $$
  select e.item_id,
         pg_catalog.json_agg(pg_catalog.json_build_object(
           'component', e.component, 'weight', e.weight, 'value', e.value, 'contribution', e.contribution))
    from jophiel._explain_scores(p_user_id, p_item_ids, p_policy, p_at, p_wish) as e
   group by e.item_id
$$;

comment on function jophiel._explain_reasons(bigint, bigint[], jophiel.scoring_policies, timestamptz, public.vector) is
  'What _explain_scores() says of each item, as a JSON list of objects. Raises JO002.';
