-- Maximal marginal relevance (Carbonell and Goldstein 1998): each place goes to the item with the best balance between its own score and its
-- likeness to what is chosen already. Greedy by nature, hence the loop.
create or replace function jophiel._diversify(
  p_item_ids   bigint[],
  p_scores     real[],
  p_diversity  double precision,
  p_size       integer,
  out item_ids bigint[],
  out scores   real[]
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_count constant integer := coalesce(cardinality(p_item_ids), 0);
  v_relevance double precision[];
  v_likeness double precision[] := array_fill(0::float8, array[v_count]);
  v_offers public.halfvec[];
  v_best integer;
begin
  if v_count = 0 then
    item_ids := p_item_ids;
    scores := p_scores;
    return;
  end if;

  -- Scores on a scale of 0 to 1, so that they weigh against a cosine.
  select array_agg((r.score - low.score) / nullif(p_scores[1] - low.score, 0) order by r.place),
         array_agg(public.l2_normalize(h.offer) order by r.place)
    into v_relevance, v_offers
    from unnest(p_item_ids, p_scores) with ordinality as r (item_id, score, place)
    join jophiel.item_vectors as h on h.item_id = r.item_id
   cross join (select p_scores[v_count] as score) as low;

  item_ids := '{}';
  scores := '{}';
  for v_place in 1 .. least(p_size, v_count) loop
    select c.place
      into v_best
      from unnest(v_relevance, v_likeness) with ordinality as c (relevance, likeness, place)
     where c.likeness is not null
     order by (1 - p_diversity) * coalesce(c.relevance, 1) - p_diversity * c.likeness desc, c.place
     limit 1;
    item_ids := item_ids || p_item_ids[v_best];
    scores := scores || p_scores[v_best];

    -- A likeness of null marks what is chosen; the others remember the chosen one they are most like.
    select array_agg(
             case when c.place <> v_best then greatest(c.likeness, -(c.offer operator(public.<#>) v_offers[v_best])) + 0 * c.likeness end
             order by c.place)
      into v_likeness
      from unnest(v_likeness, v_offers) with ordinality as c (likeness, offer, place);
  end loop;
end;
$$;

comment on function jophiel._diversify(bigint[], real[], double precision, integer) is
  'The p_size items of a ranked list chosen by MMR: (1 - diversity) * score on a scale of 0 to 1 - diversity * greatest cosine to an item chosen before.';
