-- Without some chance a feed only ever confirms itself. The draw is a hash of user, feed, day and place: it can be repeated and checked.
create or replace function jophiel._explore(
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
as $$
declare
  v_day constant text := (p_now at time zone 'UTC')::date;
  v_drawn bigint[];
  v_step integer;
begin
  select array_agg(d.item_id order by d.number)
    into v_drawn
    from (select distinct on (n.item_id) n.item_id, g.number
            -- At most every other place: what is left is still the user's feed.
            from generate_series(1, least(p_definition.exploration, p_definition.size / 2)) as g (number)
           cross join lateral (
                   select jophiel._draw(concat_ws('/', p_user_id, p_definition.feed, v_day, g.number)) as share) as draw
           cross join lateral jophiel._draw_item(draw.share, p_definition.domain, p_eligible) as n (item_id)
           where n.item_id <> all (p_item_ids)
             and not jophiel._is_hidden(p_user_id, n.item_id)
             and exists (select from jophiel.item_vectors as h where h.item_id = n.item_id)
           order by n.item_id, g.number) as d;

  if v_drawn is null then
    item_ids := p_item_ids;
    scores := p_scores;
    return;
  end if;

  -- Evenly spread over the list, which gives up its last ones for them.
  v_step := greatest(2, p_definition.size / cardinality(v_drawn));
  select array_agg(m.item_id order by m.place, m.is_drawn desc), array_agg(m.score order by m.place, m.is_drawn desc)
    into item_ids, scores
    from (select k.item_id, k.score, k.place::double precision as place, false as is_drawn
            from unnest(p_item_ids, p_scores) with ordinality as k (item_id, score, place)
           where k.place <= p_definition.size - cardinality(v_drawn)
           union all
          select d.item_id, jophiel._as_real(s.score), d.place * (v_step - 1) + 0.5, true
            from unnest(v_drawn) with ordinality as d (item_id, place)
            join jophiel._explain_sums(p_user_id, v_drawn, p_policy, p_now, p_wish) as s on s.item_id = d.item_id) as m;
end;
$$;

comment on function jophiel._explore(bigint, bigint[], real[], jophiel.feed_definitions, jophiel.scoring_policies, bigint[], timestamptz, public.vector) is
  'A list in which drawn items take evenly spread places, each with its score by the formula.';
