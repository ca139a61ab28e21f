-- The ideas for a collection are from what is in it. An answer proves itself when it is read (_cached_answer), so one that another
-- transaction has in its hands is left to it: nobody waits for a cache, and no deadlock can pass through it.
create or replace function jophiel._forget_ideas(p_collection_ids bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  with free as materialized (
    select r.kind, r.subject_id
      from jophiel.recommendation_cache as r
     where r.kind = 'ideas'
       and r.subject_id = any (p_collection_ids)
       for update skip locked
  )
  delete from jophiel.recommendation_cache as r
   using free as f
   where r.kind = f.kind
     and r.subject_id = f.subject_id;
end;
$$;

comment on function jophiel._forget_ideas(bigint[]) is
  'Deletes the cached ideas for collections, but those that another transaction is writing.';
