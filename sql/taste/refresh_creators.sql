-- A follow moves a taste towards the creator's centroid. Centroids that change make the tastes of followers stale.
create or replace function jophiel.refresh_creators(p_creator_ids bigint[] default null)
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now     timestamptz := jophiel._now();
  v_content integer := jophiel._setting('content_dimensions')::integer;
  v_ids     bigint[] := coalesce(p_creator_ids, jophiel._changed_creators());
  v_noted   bigint[];
  v_changed bigint[];
begin
  -- Vectors of another length must not be averaged into those that are being written.
  perform jophiel._lock_schema_version();

  -- Taken before an item is read: who changes one of theirs meanwhile waits for us, and notes them again.
  v_noted := array(
    select h.creator_id
      from jophiel.creator_changes as h
     where h.creator_id = any (v_ids)
     order by h.creator_id
       for update of h);

  -- Those and no others: one that was noted since would be waited for out of order.
  delete from jophiel.creator_changes as h
   where h.creator_id = any (v_noted);

  -- Also waits for the follows that are adding the centroids as they are.
  perform c.creator_id
     from jophiel.creators as c
    where c.creator_id = any (v_ids)
    order by c.creator_id
      for update of c;

  with fresh as (
    select i.creator_id, count(*) as item_count,
           jophiel._unit_blocks(public.sum(s.signal::public.vector order by i.item_id), v_content, 1, 1) as signal
      from jophiel.items as i
      join jophiel.item_signals as s on s.item_id = i.item_id
     where i.creator_id = any (v_ids)
       and i.deleted_at is null
     group by i.creator_id
  ), old as (
    select c.creator_id, c.item_count, c.signal
      from jophiel.creators as c
     where c.creator_id = any (v_ids)
  ), gone as (
    delete from jophiel.creators as c
     using old as o
     where c.creator_id = o.creator_id
       and not exists (select from fresh as f where f.creator_id = o.creator_id)
    returning c.creator_id
  ), written as (
    insert into jophiel.creators as c (creator_id, item_count, signal, updated_at)
    select f.creator_id, f.item_count, f.signal, v_now
      from fresh as f
      left join old as o on o.creator_id = f.creator_id
     where o.creator_id is null
        or o.item_count <> f.item_count
        or o.signal operator(public.<>) f.signal
     order by f.creator_id
        on conflict (creator_id) do update
       set item_count = excluded.item_count,
           signal = excluded.signal,
           updated_at = excluded.updated_at
    returning c.creator_id, c.signal
  )
  select array_agg(x.creator_id)
    into v_changed
    from (select g.creator_id from gone as g
           union all
          select w.creator_id
            from written as w
            left join old as o on o.creator_id = w.creator_id
           where o.creator_id is null
              or o.signal operator(public.<>) w.signal) as x;

  if v_changed is not null then
    perform jophiel.mark_tastes_stale(array(
      select distinct f.user_id
        from jophiel.follows as f
       where f.creator_id = any (v_changed)
         and f.is_active));
  end if;

  return coalesce(cardinality(v_changed), 0);
end;
$$;

comment on function jophiel.refresh_creators(bigint[]) is
  'Computes the centroids (by block: mean direction of the signals, unit length or zero) of creators'' items, marks the tastes of their followers stale, '
  'and returns how many centroids changed. Creators without items have none. p_creator_ids: which; null for those whose items '
  'changed and followed ones that have none yet.';
