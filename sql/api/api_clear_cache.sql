-- Empties the cache; answers are made anew when they are asked for.
create or replace function jophiel.api_clear_cache(p_kind text)
  returns text
  language plpgsql
  volatile parallel unsafe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_cleared numeric;
begin
  select sum(jophiel._drop_answers(k.kind, k.subject_ids))
    into v_cleared
    from (select c.kind, array_agg(c.subject_id) as subject_ids
            from jophiel.recommendation_cache as c
           where p_kind is null
              or c.kind = p_kind
           group by c.kind) as k;
  return json_build_object('cleared', coalesce(v_cleared, 0));
end;
$$;

comment on function jophiel.api_clear_cache(text) is
  'Deletes the cached answers of a kind (null: all) and says how many, as JSON text. For the HTTP API, with the owner''s rights (security definer).';
