-- Where the taste of somebody begins who has done nothing yet: the words of a profile, looked up in the catalogue's vocabulary.
create or replace function jophiel.interest_vector(p_interests text[])
  returns public.halfvec
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_dimensions constant integer := jophiel._setting('content_dimensions');
  v_hashed     constant integer := jophiel._setting('hash_dimensions');
  v_vector     public.halfvec;
begin
  with said as (
    select distinct left(jophiel._fold(n.interest), 100) as term
      from unnest(p_interests) as n (interest)
    union
    select s.word
      from unnest(p_interests) as n (interest)
     cross join lateral regexp_split_to_table(left(jophiel._fold(n.interest), 100), '[^[:alnum:]]+') as s (word)
     where length(s.word) > 1
  ),
  known as (
    select f.weight * t.idf as value,
           coalesce(t.coordinate, jophiel._tail_coordinate(t.feature, t.term, v_dimensions, v_hashed)) as coordinate
      from jophiel.feature_schemas as v
     cross join lateral jophiel._schema_features(v.features) as f
     cross join said as s
      join jophiel.terms as t
        on t.version = v.version
       and t.feature = f.feature
       and t.term = s.term
     where v.is_active
  ),
  summed as (
    select abs(k.coordinate) as coordinate, sum(sign(k.coordinate) * k.value)::real as value
      from known as k
     group by abs(k.coordinate)
  )
  select public.l2_normalize(
           concat('{', string_agg(concat(s.coordinate, ':', s.value), ','), '}/', v_dimensions)::public.sparsevec::public.vector)::public.halfvec
    into v_vector
    from summed as s;

  return v_vector;
end;
$$;

comment on function jophiel.interest_vector(text[]) is
  'The content block of a list of interests: the sum of the terms of any feature that are, folded, one of them or one of their words, each by feature weight '
  'and rarity. Of unit length, or zero where the vocabulary has none of them.';
