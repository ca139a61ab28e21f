-- Gone from everything that recommends. A tombstone stays, because what people did with the item still says what they like.
create or replace function jophiel.delete_item(p_item_id bigint)
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now     constant timestamptz := jophiel._now();
  v_creator bigint;
begin
  update jophiel.items as i
     set deleted_at = v_now,
         updated_at = v_now
   where i.item_id = p_item_id
     and i.deleted_at is null
  returning i.creator_id
    into v_creator;

  if not found then
    raise exception 'there is no item %', p_item_id
      using errcode = 'JO003',
            hint = 'It was never stored, or is deleted already; select item_id, deleted_at from jophiel.items shows which.';
  end if;

  -- A schema switch rewrites the vectors and empties item_changes: before it or after it, not between the two.
  perform jophiel._lock_schema_version();

  delete from jophiel.item_vectors as h
   where h.item_id = p_item_id;
  delete from jophiel.item_changes as c
   where c.item_id = p_item_id;
  -- Feeds that hold it are made anew by the next batch, which finds them by this.
  insert into jophiel.item_changes (item_id, stage, changed_at)
  values (p_item_id, 'match', v_now);
  delete from jophiel.item_stats as t
   where t.item_id = p_item_id;

  perform jophiel._note_creators(array[v_creator]);

  perform k.user_id
     from jophiel.collection_items as k
    where k.item_id = p_item_id
    order by k.user_id, k.collection_id
      for update of k;
  delete from jophiel.collection_items as k
   where k.item_id = p_item_id;

  perform jophiel._invalidate_cache(array[p_item_id]);
end;
$$;

comment on function jophiel.delete_item(bigint) is
  'Removes an item from the catalogue, all candidates, collections and cached answers; its tombstone and signal stay, and so does every taste. '
  'Given to upsert_items() again it is created again. Raises JO003 where there is no such item.';

create or replace function jophiel.delete_item(p_item_key text)
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel.delete_item(jophiel._find_id('item', p_item_key));
end;
$$;

comment on function jophiel.delete_item(text) is
  'delete_item(bigint) for an application''s text key.';
