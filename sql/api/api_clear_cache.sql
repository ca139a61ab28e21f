-- Empties the cache; answers are made anew when they are asked for.
create or replace function jophiel.api_clear_cache(p_kind text)
  returns text
  language plpgsql
  volatile parallel unsafe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_deleted bigint;
begin
  -- As in _invalidate_cache(): nobody waits for a cache.
  with locked as materialized (
    select c.kind, c.subject_id
      from jophiel.recommendation_cache as c
     where p_kind is null
        or c.kind = p_kind
       for update skip locked
  )
  delete from jophiel.recommendation_cache as c
   using locked as l
   where c.kind = l.kind
     and c.subject_id = l.subject_id;
  get diagnostics v_deleted = row_count;
  return json_build_object('cleared', v_deleted);
end;
$$;

comment on function jophiel.api_clear_cache(text) is
  'Deletes the cached answers of a kind (null: all) and says how many, as JSON text. For the HTTP API, with the owner''s rights (security definer).';
