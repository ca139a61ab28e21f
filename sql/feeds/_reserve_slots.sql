-- Places that are kept for what is new, evenly spread; the list gives up its last ones for them.
create or replace function jophiel._reserve_slots(
  p_item_ids   bigint[],
  p_scores     real[],
  p_cold_ids   bigint[],
  p_cold       real[],
  p_size       integer,
  out item_ids bigint[],
  out scores   real[]
)
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_new  constant bigint[] := array(
    select c.item_id
      from unnest(p_cold_ids) with ordinality as c (item_id, place)
     where c.item_id <> all (p_item_ids[: p_size])
     order by c.place);
  v_slots constant integer := cardinality(v_new);
  v_step  constant integer := greatest(2, p_size / greatest(1, v_slots));
begin
  select coalesce(array_agg(m.item_id order by m.place, m.is_cold desc), '{}'), coalesce(array_agg(m.score order by m.place, m.is_cold desc), '{}')
    into item_ids, scores
    from (select k.item_id, k.score, k.place::double precision as place, false as is_cold
            from unnest(p_item_ids, p_scores) with ordinality as k (item_id, score, place)
           where k.place <= p_size - v_slots
           union all
          select n.item_id, p_cold[array_position(p_cold_ids, n.item_id)], n.place * (v_step - 1) + 0.5, true
            from unnest(v_new) with ordinality as n (item_id, place)) as m;
end;
$$;

comment on function jophiel._reserve_slots(bigint[], real[], bigint[], real[], integer) is
  'A ranked list of p_size places in which those of the given items that are not in it anyway have evenly spread places, each with its score.';
