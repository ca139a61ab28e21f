-- The feature schema as a version keeps it: in one order, with the coordinates of its numbers and embeddings, and with what the embeddings are made by.
create or replace function jophiel._frozen_features()
  returns jsonb
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_room constant integer := jophiel._setting('content_dimensions') - jophiel._setting('hash_dimensions');
  v_length constant integer := least(jophiel._setting('embedding_dimensions'), v_room);
begin
  return (select coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(n)) order by n.feature collate "C"), '[]')
            from (select f.feature, f.kind, f.source, f.domain, f.weight, f.min_value, f.max_value,
                         case f.kind
                           when 'number' then 2 * row_number() over (partition by f.kind order by f.feature collate "C") - 1
                           when 'embedding' then v_room - v_length + 1
                         end as coordinate,
                         case when f.kind = 'embedding' then v_length end as length,
                         m.model, m.projection
                    from jophiel.features as f
                    left join (select e.model, e.projection
                                 from jophiel.embedding_models as e
                                order by e.fitted_at desc, e.model
                                limit 1) as m
                      on f.kind = 'embedding'
                     and f.source = 'text_embedding') as n);
end;
$$;

comment on function jophiel._frozen_features() is
  'The rows of jophiel.features as feature_schemas.features holds them: by name, absent fields left out, numbers with the first (from 1) of their two '
  'coordinates, embeddings with the first and the number of theirs, before the hashed ones, and text_embedding with the model and the projection fitted last.';
