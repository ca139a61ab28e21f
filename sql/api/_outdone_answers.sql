-- A new item enters the answers whose last item it beats. Similarity is mutual, so the subjects of such answers are looked for where the
-- item itself would look for its nearest; collections are few and compared one by one.
create or replace function jophiel._outdone_answers(p_item_id bigint)
  returns table (kind text, subject_id bigint)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_item  jophiel.item_vectors;
  v_cells integer[];
  v_model constant uuid := jophiel._active_model();
begin
  select h.*
    into v_item
    from jophiel.item_vectors as h
   where h.item_id = p_item_id;

  if not found then
    return;
  end if;

  v_cells := jophiel._answer_cells(v_item.domain, v_item.offer, 100);
  return query
    select c.kind, c.subject_id
      from jophiel.item_vectors as h
      join jophiel.recommendation_cache as c on c.kind = 'similar' and c.subject_id = h.item_id
     where h.domain = v_item.domain
       and (v_cells is null or h.cell = any (v_cells))
       and jophiel._outdoes(
             v_item.offer, c.query,
             coalesce((select 1
                         from jophiel.item_neighbours as n
                        where n.model_id = v_model
                          and n.item_id = c.subject_id
                          and n.neighbour_ids @> array[p_item_id]), 0),
             c.scores[100])
     union all
    select c.kind, c.subject_id
      from jophiel.recommendation_cache as c
     where c.kind = 'ideas'
       and jophiel._outdoes(v_item.offer, c.query, 0, c.scores[100]);
end;
$$;

comment on function jophiel._outdone_answers(bigint) is
  'Cached answers whose hundredth item is less near than the given item may be (fewer than a hundred: that it could join), and those of another length of vectors.';
