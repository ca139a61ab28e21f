-- Called by whoever vectorises or deletes items, in the same transaction. Changed and deleted items would leave the answers without
-- it (_cached_answer looks); it is here for the items that would enter. An answer that is being made while they are written can miss
-- them: its age (setting cache_minutes) ends that.
create or replace function jophiel._invalidate_cache(p_item_ids bigint[])
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_many   constant boolean := cardinality(p_item_ids) > jophiel._setting('match_items');
  v_doomed record;
begin
  select array_agg(d.subject_id) filter (where d.kind = 'similar') as similar_ids,
         array_agg(d.subject_id) filter (where d.kind = 'ideas') as idea_ids
    into v_doomed
    from (select c.kind, c.subject_id
            from jophiel.recommendation_cache as c
           where v_many
           union
          select c.kind, c.subject_id
            from jophiel.recommendation_cache as c
           where not v_many
             and (c.item_ids && p_item_ids or (c.kind = 'similar' and c.subject_id = any (p_item_ids)))
           union
          select o.kind, o.subject_id
            from unnest(p_item_ids) as n (item_id)
           cross join lateral jophiel._outdone_answers(n.item_id) as o
           where not v_many) as d;

  return jophiel._drop_answers('similar', v_doomed.similar_ids) + jophiel._drop_answers('ideas', v_doomed.idea_ids);
end;
$$;

comment on function jophiel._invalidate_cache(bigint[]) is
  'Deletes the cached answers about the given items, with them, and those they would now enter; of more items than the setting match_items: all answers. '
  'Call it after their vectors were written. Returns how many it deleted.';
