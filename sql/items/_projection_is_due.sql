-- Directions that were fitted on half of the catalogue say little of the other half.
create or replace function jophiel._projection_is_due(p_model text)
  returns boolean
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_fitted bigint;
begin
  select m.item_count
    into v_fitted
    from jophiel.embedding_models as m
   where m.model = p_model
     -- The one in use is the one that was fitted last.
     and not exists (select from jophiel.embedding_models as o where o.fitted_at > m.fitted_at);

  return (select count(*) from jophiel.item_embeddings as e where e.model = p_model and e.embedding is not null) >= greatest(2 * coalesce(v_fitted, 0), 1);
end;
$$;

comment on function jophiel._projection_is_due(text) is
  'Whether a model has embeddings and no projection in use, or twice as many embeddings as its projection was fitted on.';
