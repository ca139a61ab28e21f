-- The audio feature schema (configuration, not code): what an audio analyser writes into an item's metadata.
-- titulo and descripcion are not here: events bring them as title and description (jophiel.event_types), which are features from the start.
-- Run it once against an installed database; the next batch, or call jophiel.revectorise(), makes the vectors.
--
--   psql "$(jophiel db url)" -f sql/examples/audio.sql
insert into jophiel.features as f (feature, kind, source, weight, min_value, max_value)
values
  ('bpm', 'number', 'bpm', 1.0, 60, 200),
  ('genero', 'category', 'genero', 1.0, null, null),
  ('emocion_es', 'category', 'emocion_es', 1.0, null, null),
  ('instrumentos', 'category', 'instrumentos', 1.0, null, null),
  ('tipo', 'category', 'tipo', 0.5, null, null),
  ('escala', 'category', 'escala', 0.5, null, null),
  ('tags', 'tags', 'tags', 1.0, null, null)
    on conflict (feature) do update
   set kind = excluded.kind,
       source = excluded.source,
       domain = excluded.domain,
       weight = excluded.weight,
       min_value = excluded.min_value,
       max_value = excluded.max_value;
