-- The options of a feed definition that look at the list as a whole: few of one creator, unlike neighbours, something unexpected.
create or replace function jophiel._rerank(
  p_user_id    bigint,
  p_item_ids   bigint[],
  p_scores     real[],
  p_definition jophiel.feed_definitions,
  p_policy     jophiel.scoring_policies,
  p_eligible   bigint[],
  p_now        timestamptz,
  p_wish       public.vector,
  out item_ids bigint[],
  out scores   real[]
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
begin
  item_ids := p_item_ids;
  scores := p_scores;

  if p_definition.creator_cap is not null then
    select array_agg(c.item_id order by c.place), array_agg(c.score order by c.place)
      into item_ids, scores
      from (select r.item_id,
                   r.score,
                   r.place,
                   row_number() over (partition by coalesce(h.creator_id, r.item_id), h.creator_id is null order by r.place) as of_creator
              from unnest(p_item_ids, p_scores) with ordinality as r (item_id, score, place)
              join jophiel.item_vectors as h on h.item_id = r.item_id) as c
     where c.of_creator <= p_definition.creator_cap;
  end if;

  if p_definition.diversity > 0 then
    select d.item_ids, d.scores
      into item_ids, scores
      from jophiel._diversify(item_ids, scores, p_definition.diversity, p_definition.size) as d;
  end if;

  item_ids := coalesce(item_ids[: p_definition.size], '{}');
  scores := coalesce(scores[: p_definition.size], '{}');

  if p_definition.exploration > 0 then
    select e.item_ids, e.scores
      into item_ids, scores
      from jophiel._explore(p_user_id, item_ids, scores, p_definition, p_policy, p_eligible, p_now, p_wish) as e;
  end if;
end;
$$;

comment on function jophiel._rerank(bigint, bigint[], real[], jophiel.feed_definitions, jophiel.scoring_policies, bigint[], timestamptz, public.vector) is
  'A ranked list after the creator cap, diversity and exploration of a feed definition, cut to its size. Scores stay those of the formula.';
