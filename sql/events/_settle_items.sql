-- Brings the catalogue to what the items' events say, after some were noted.
create or replace function jophiel._settle_items(p_item_ids bigint[], p_event_ids uuid[], p_happened_at timestamptz[], p_objects jsonb[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
as $$
declare
  v_now     constant timestamptz := jophiel._now();
  v_items   constant bigint[] := array(select distinct n.item_id from unnest(p_item_ids) as n (item_id) order by 1);
  v_created bigint[];
  v_moved   bigint[];
begin
  -- What an item is, where one of these events has the last word. Of a deleted one too: its signal is what tastes rest on.
  select array_agg(u.item_id)
    into v_created
    from (select jsonb_agg(n.object || jsonb_build_object('created_at', coalesce(l.created_at, l.put_at))) as objects
            from unnest(p_item_ids, p_event_ids, p_objects) as n (item_id, event_id, object)
           cross join lateral jophiel._item_life(n.item_id) as l
           where l.put_by = n.event_id
          having count(*) > 0) as n
   cross join lateral jophiel.upsert_items(n.objects) as u
   where u.outcome = 'created';

  -- When its present life began, where an earlier event or a deletion came late.
  with moved as (
    update jophiel.items as i
       set created_at = l.created_at,
           updated_at = v_now
      from unnest(v_items) as n (item_id)
     cross join lateral jophiel._item_life(n.item_id) as l
     where i.item_id = n.item_id
       and i.deleted_at is null
       and i.created_at <> l.created_at
    returning i.item_id
  )
  select array_agg(m.item_id)
    into v_moved
    from moved as m;
  if v_moved is not null then
    perform jophiel._offer_items(v_moved);
    insert into jophiel.item_changes as c (item_id, stage, changed_at)
    select n.item_id, 'match', v_now
      from unnest(v_moved) as n (item_id)
     order by n.item_id
        on conflict (item_id, stage) do update
       set changed_at = excluded.changed_at;
  end if;

  perform jophiel._delete_items(array_agg(n.item_id), array_agg(l.deleted_at))
     from unnest(v_items) as n (item_id)
    cross join lateral jophiel._item_life(n.item_id) as l
    where l.created_at is null
   having count(*) > 0;
  perform jophiel._empty_collections(array_agg(n.item_id), array_agg(n.happened_at))
     from unnest(p_item_ids, p_happened_at, p_objects) as n (item_id, happened_at, object)
    where n.object is null
   having count(*) > 0;

  if v_created is not null then
    perform jophiel._welcome_items(v_created);
  end if;
end;
$$;

comment on function jophiel._settle_items(bigint[], uuid[], timestamptz[], jsonb[]) is
  'Writes, dates and deletes items by what item_events says, after events (parallel arrays; object: what upsert_items() takes, null for a deletion) were noted there.';
