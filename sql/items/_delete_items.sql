-- Gone from everything that recommends. Tombstones stay, because what people did with the items still says what they like.
create or replace function jophiel._delete_items(p_item_ids bigint[], p_happened_at timestamptz[])
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now      constant timestamptz := jophiel._now();
  v_items    bigint[];
  v_creators bigint[];
begin
  perform i.item_id
     from jophiel.items as i
    where i.item_id = any (p_item_ids)
    order by i.item_id
      for no key update of i;

  with gone as (
    update jophiel.items as i
       set deleted_at = v_now,
           updated_at = v_now
     where i.item_id = any (p_item_ids)
       and i.deleted_at is null
    returning i.item_id, i.creator_id
  )
  select coalesce(array_agg(g.item_id), '{}'), array_agg(g.creator_id)
    into v_items, v_creators
    from gone as g;

  -- A schema switch rewrites the vectors and empties item_changes: before it or after it, not between the two.
  perform jophiel._lock_schema_version();

  delete from jophiel.item_vectors as h
   where h.item_id = any (v_items);
  delete from jophiel.item_changes as c
   where c.item_id = any (v_items);
  -- Feeds that hold them are made anew by the next batch, which finds them by this.
  insert into jophiel.item_changes (item_id, stage, changed_at)
  select n.item_id, 'match', v_now
    from unnest(v_items) as n (item_id)
   order by n.item_id;
  -- Whoever is counting popularity has its row, and leaves it out next time.
  delete from jophiel.item_stats as t
   using (select s.item_id from jophiel.item_stats as s where s.item_id = any (v_items) for update skip locked) as n
   where t.item_id = n.item_id;

  perform jophiel._note_creators(v_creators);
  perform jophiel._empty_collections(p_item_ids, p_happened_at);
  perform jophiel._invalidate_cache(v_items);
  return cardinality(v_items);
end;
$$;

comment on function jophiel._delete_items(bigint[], timestamptz[]) is
  'Deletes those of the items that there are and returns how many. p_happened_at (parallel): what was put in collections after that stays in them.';
