-- Gone from everything that recommends. A tombstone stays, because what people did with the item still says what they like.
create or replace function jophiel.delete_item(p_item_id bigint)
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._hold_items('{}', array[p_item_id]);
  if jophiel._delete_items(array[p_item_id], array['infinity'::timestamptz]) = 0 then
    raise exception 'there is no item %', p_item_id
      using errcode = 'JO003',
            hint = 'It was never stored, or is deleted already; select item_id, deleted_at from jophiel.items shows which.';
  end if;

  -- Later than every event that is known, so that none of them, coming again, brings it back.
  insert into jophiel.item_events (item_id, event_id, happened_at, is_deletion, received_at)
  select p_item_id, jophiel._new_event_id(), greatest(jophiel._now(), max(e.happened_at) + interval '1 microsecond'), true, jophiel._now()
    from jophiel.item_events as e
   where e.item_id = p_item_id
     and isfinite(e.happened_at);
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
