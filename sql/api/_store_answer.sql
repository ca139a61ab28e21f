-- Asking must never wait for another asker, nor fail where nothing can be written: then the answer is simply not cached. The
-- advisory lock keeps two from inserting the same row, and nothing but speed rests on it.
create or replace function jophiel._store_answer(
  p_kind       text,
  p_subject_id bigint,
  p_query      public.halfvec,
  p_item_ids   bigint[],
  p_scores     double precision[]
)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_read_only')::boolean
     or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')
     or not pg_try_advisory_xact_lock(hashtextextended('jophiel ' || p_kind, p_subject_id)) then
    return;
  end if;

  perform
     from jophiel.recommendation_cache as c
    where c.kind = p_kind
      and c.subject_id = p_subject_id
      for update skip locked;

  if found then
    update jophiel.recommendation_cache as c
       set query = p_query,
           item_ids = p_item_ids,
           scores = p_scores,
           created_at = jophiel._now()
     where c.kind = p_kind
       and c.subject_id = p_subject_id;
  elsif not exists (select from jophiel.recommendation_cache as c where c.kind = p_kind and c.subject_id = p_subject_id) then
    insert into jophiel.recommendation_cache (kind, subject_id, query, item_ids, scores, created_at)
    values (p_kind, p_subject_id, p_query, p_item_ids, p_scores, jophiel._now())
        on conflict (kind, subject_id) do nothing;
  end if;
end;
$$;

comment on function jophiel._store_answer(text, bigint, public.halfvec, bigint[], double precision[]) is
  'Caches an answer, unless the transaction is read-only or not READ COMMITTED, or another one is writing the same answer.';
