-- Writes both sides of the items' vectors, and tells whom that concerns: the tastes that took the old ones, the cached answers,
-- the batch that matches items with feeds.
create or replace function jophiel._vectorise_items(p_item_ids bigint[])
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now        constant timestamptz := jophiel._now();
  v_dimensions constant integer := jophiel._setting('content_dimensions');
  v_zero       public.halfvec;
  v_model      uuid;
  v_version    integer;
  v_ids        bigint[];
  v_domains    text[];
  v_documents  jsonb[];
  v_creators   bigint[];
  v_moved      bigint[];
begin
  perform i.item_id
     from jophiel.items as i
    where i.item_id = any (p_item_ids)
    order by i.item_id
      for no key update of i;
  v_version := jophiel._lock_schema_version();
  -- Only now: a model that is being made active has been waited for.
  v_zero := array_fill(0::real, array[jophiel._setting('collaborative_dimensions')::integer])::public.halfvec;
  v_model := jophiel._active_model();

  select array_agg(i.item_id), array_agg(i.domain), array_agg(jophiel._document(i)), array_agg(i.creator_id)
    into v_ids, v_domains, v_documents, v_creators
    from jophiel.items as i
   where i.item_id = any (p_item_ids)
     and i.deleted_at is null;

  if v_ids is null then
    return 0;
  end if;

  -- Waits for the events that are adding the signals as they are (_hold_signals).
  perform s.item_id
     from jophiel.item_signals as s
    where s.item_id = any (v_ids)
    order by s.item_id
      for update of s;

  with written as (
    insert into jophiel.item_signals as s (item_id, version, signal)
    select n.id, v_version,
           n.content operator(public.||)
             coalesce(m.in_vector, public.subvector(s.signal, v_dimensions + 1, public.vector_dims(v_zero)), v_zero)
      from jophiel._content_vectors(v_version, v_ids, v_domains, jophiel._with_embeddings(v_version, v_ids, v_documents)) as n
      left join jophiel.item_signals as s on s.item_id = n.id
      left join jophiel.model_vectors as m on m.model_id = v_model and m.item_id = n.id
     order by n.id
        on conflict (item_id) do update
       set version = excluded.version,
           signal = excluded.signal
     where s.signal operator(public.<>) excluded.signal
    returning s.item_id
  )
  select coalesce(array_agg(w.item_id), '{}')
    into v_moved
    from written as w;

  perform jophiel._offer_items(v_ids);

  delete from jophiel.staged_vectors as v
   where v.item_id = any (v_ids);
  delete from jophiel.item_changes as c
   where c.item_id = any (v_ids)
     and c.stage = 'vectorise';
  insert into jophiel.item_changes as c (item_id, stage, changed_at)
  select n.item_id, 'match', v_now
    from unnest(v_ids) as n (item_id)
   order by n.item_id
      on conflict (item_id, stage) do update
     set changed_at = excluded.changed_at;

  perform jophiel._note_creators(v_creators);

  perform jophiel.mark_tastes_stale(array_agg(distinct a.user_id))
     from jophiel.interactions as a
    where a.item_id = any (v_moved)
   having count(*) > 0;
  perform jophiel._match_now(v_ids);
  perform jophiel._invalidate_cache(v_ids);
  return cardinality(v_ids);
end;
$$;

comment on function jophiel._vectorise_items(bigint[]) is
  'Writes signals and offers of the items that are not deleted, in the active schema version, and returns how many. Tastes that have a signal '
  'which really changed become stale. The collaborative blocks are the active model''s.';
