-- The ideas for a collection are from what is in it.
create or replace function jophiel._forget_ideas(p_collection_ids bigint[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform r.subject_id
     from jophiel.recommendation_cache as r
    where r.kind = 'ideas'
      and r.subject_id = any (p_collection_ids)
    order by r.subject_id
      for update of r;

  delete from jophiel.recommendation_cache as r
   where r.kind = 'ideas'
     and r.subject_id = any (p_collection_ids);
end;
$$;

comment on function jophiel._forget_ideas(bigint[]) is
  'Deletes the cached ideas for collections.';
