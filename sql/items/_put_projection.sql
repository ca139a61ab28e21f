-- A model's embeddings come into use here: the feature schema that names them is another one, and the batch makes all vectors anew by it.
create or replace function jophiel._put_projection(p_model text, p_components text[], p_item_count bigint)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_projection constant uuid := gen_random_uuid();
begin
  lock table jophiel.embedding_models in share row exclusive mode;

  -- Once, and never again: whoever takes the feature out does not want it.
  insert into jophiel.features (feature, kind, source, weight)
  select 'text_embedding', 'embedding', 'text_embedding', 1
   where not exists (select from jophiel.embedding_models)
     and not exists (select from jophiel.features as f where f.kind = 'embedding' and f.source = 'text_embedding')
      on conflict (feature) do nothing;

  insert into jophiel.projections (projection, number, component)
  select v_projection, c.number, public.l2_normalize(c.component::public.vector)
    from unnest(p_components) with ordinality as c (component, number);

  insert into jophiel.embedding_models as m (model, projection, item_count, fitted_at)
  values (p_model, v_projection, p_item_count, jophiel._now())
      on conflict (model) do update
     set projection = excluded.projection,
         item_count = excluded.item_count,
         fitted_at = excluded.fitted_at;

  -- What no version of the schema was made with, and none will be. Embeddings stay: they cost what a model takes to make them, and another
  -- model's may be half done.
  delete from jophiel.embedding_models as m
   where m.model <> p_model
     and not exists (select from jophiel.feature_schemas as s where s.features @> jsonb_build_array(jsonb_build_object('model', m.model)));
  delete from jophiel.projections as c
   where not exists (select from jophiel.embedding_models as m where m.projection = c.projection)
     and not exists (select
                       from jophiel.feature_schemas as s
                      where s.features @> jsonb_build_array(jsonb_build_object('projection', c.projection)));
end;
$$;

comment on function jophiel._put_projection(text, text[], bigint) is
  'Puts the projection of a model into use: components (vectors as text, in their order) fitted on p_item_count embeddings. The first one ever adds the feature text_embedding (weight 1) to jophiel.features unless some feature '
  'takes it already. Projections that nothing uses go.';
