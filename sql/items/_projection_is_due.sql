-- Directions that were fitted on half of the catalogue say little of the other half.
create or replace function jophiel._projection_is_due(p_model text)
  returns boolean
  language plpgsql
  stable parallel safe
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
     and not exists (select from jophiel.embedding_models as o where o.fitted_at > m.fitted_at)
     -- Nothing is along directions of another length.
     and exists (select
                   from jophiel.projections as c
                  where c.projection = m.projection
                    and public.vector_dims(c.component) = jophiel._embedding_length(p_model))
     -- Fewer coordinates than there are directions take the leading ones; for more there have to be more.
     and not exists (select
                       from jophiel.feature_schemas as s
                      cross join lateral jophiel._schema_features(s.features) as f
                      where s.is_active
                        and f.projection = m.projection
                        and f.length < least(jophiel._setting('embedding_dimensions'), jophiel._setting('content_dimensions') - jophiel._setting('hash_dimensions')));

  return (select count(*) from jophiel.item_embeddings as e where e.model = p_model and e.embedding is not null) >= greatest(2 * coalesce(v_fitted, 0), 1);
end;
$$;

comment on function jophiel._projection_is_due(text) is
  'Whether a model has embeddings and no projection in use, or a projection of another length, or twice as many embeddings as its projection was fitted on, or more coordinates than when vectors were made with it.';
