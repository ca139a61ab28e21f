-- One core for the single user, the batch, the reader of a feed that is not materialised yet, who asks for weights of its own, and whoever wants to compare.
create or replace function jophiel._make_feeds(
  p_user_ids   bigint[],
  p_definition jophiel.feed_definitions,
  p_policy     jophiel.scoring_policies,
  p_now        timestamptz,
  p_wish       public.vector default null
)
  returns table (user_id bigint, taste_version bigint, item_ids bigint[], scores real[])
  language plpgsql
  stable parallel safe
  rows 500
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_reranks constant boolean := p_definition.diversity > 0 or p_definition.creator_cap is not null or p_definition.exploration > 0;
  -- Re-ranking chooses among three times as many as the feed will hold.
  v_limit constant integer := p_definition.size * case when v_reranks then 3 else 1 end;
  v_slots constant integer := least(p_definition.cold_slots, p_definition.size / 2);
  v_eligible bigint[];
  v_cold bigint[];
begin
  if p_definition.filter <> '{}' then
    v_eligible := array(select f.item_id from jophiel.find_filtered_items(p_definition.filter, p_definition.domain) as f (item_id));
  end if;

  if v_slots > 0 then
    v_cold := jophiel._cold_items(p_definition.domain, v_eligible);
  end if;

  return query
    select r.user_id,
           r.taste_version,
           coalesce(s.item_ids, d.item_ids, r.item_ids),
           coalesce(s.scores, d.scores, r.scores)
      from jophiel._rank_items(
             p_user_ids, p_policy, p_definition.domain, v_eligible,
             jophiel._probe_items(p_definition.domain, cardinality(v_eligible), v_limit), v_limit, p_now, p_wish) as r
      left join lateral jophiel._rerank(r.user_id, r.item_ids, r.scores, p_definition, p_policy, v_eligible, p_now, p_wish) as d on v_reranks
      -- As many as there are places: those that are in the list anyway leave their place to it.
      left join (select k.user_id, k.item_ids, k.scores
                   from jophiel._rank_items(p_user_ids, p_policy, p_definition.domain, v_cold, null, v_slots, p_now, p_wish) as k
                  where v_slots > 0) as c on c.user_id = r.user_id
      left join lateral (select k.item_ids, k.scores
                           from jophiel._reserve_slots(
                                  coalesce(d.item_ids, r.item_ids), coalesce(d.scores, r.scores), c.item_ids, c.scores, p_definition.size) as k
                          where v_slots > 0) as s on true;
end;
$$;

comment on function jophiel._make_feeds(bigint[], jophiel.feed_definitions, jophiel.scoring_policies, timestamptz, public.vector) is
  'The feeds of the known ones of the given users by a definition and a policy, whatever the definition names, as they would be made at a time, best first, without writing them. p_wish: what a request adds to the query, see _wish().';
