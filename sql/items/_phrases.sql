-- A tag of several words is one term: "hip hop" has to be found in "sad hip hop for the night".
create or replace function jophiel._phrases(p_text text)
  returns text[]
  language sql
  stable parallel safe
as $$
  with words as (
    -- As they stand, for a term such as "hip-hop", and without what is no letter or figure.
    select s.kind, pg_catalog.regexp_split_to_array(jophiel._fold(p_text), s.separator) as words
      from (values (1, '\s+'), (2, '[^[:alnum:]]+')) as s (kind, separator)
  )
  select coalesce(pg_catalog.array_agg(distinct p.phrase), '{}')
    from words as w
   cross join pg_catalog.generate_series(1, pg_catalog.cardinality(w.words)) as f (first)
   cross join pg_catalog.generate_series(0, 2) as m (more)
   cross join lateral (select pg_catalog.btrim(pg_catalog.array_to_string(w.words[f.first : f.first + m.more], ' ')) as phrase) as p
   where p.phrase <> ''
$$;

comment on function jophiel._phrases(text) is
  'The folded words of a text and all runs of two and three of them, each once.';
