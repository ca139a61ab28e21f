-- Nobody waits for a cache, so that no deadlock can pass through it: an answer that another transaction has in its hands is left to it. What stays
-- proves itself when it is read (_cached_answer), or its age ends it (setting cache_minutes).
create or replace function jophiel._drop_answers(p_kind text, p_subject_ids bigint[])
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_dropped bigint;
begin
  with free as materialized (
    select c.kind, c.subject_id
      from jophiel.recommendation_cache as c
     where c.kind = p_kind
       and c.subject_id = any (p_subject_ids)
       for update skip locked
  )
  delete from jophiel.recommendation_cache as c
   using free as f
   where c.kind = f.kind
     and c.subject_id = f.subject_id;
  get diagnostics v_dropped = row_count;
  return v_dropped;
end;
$$;

comment on function jophiel._drop_answers(text, bigint[]) is
  'Deletes the cached answers of a kind about the given subjects, but those that another transaction is writing. Returns how many.';
