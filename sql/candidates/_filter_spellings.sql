-- Tags are stored as publishers wrote them, and an index knows only what is stored: a filter's tag is therefore looked for in
-- every usual spelling, instead of folding the tags of every item it is compared with.
create or replace function jophiel._filter_spellings(p_tags jsonb)
  returns text[]
  language sql
  immutable parallel safe
as $$
  select array_agg(distinct s.spelling)
    from jsonb_array_elements_text(p_tags) as t (tag)
   cross join lateral (values (t.tag), (jophiel._fold(t.tag))) as v (tag)
   cross join lateral (
           values (v.tag), (lower(v.tag)), (upper(v.tag)), (initcap(v.tag)), (upper(left(v.tag, 1)) || lower(substr(v.tag, 2)))
         ) as s (spelling)
$$;

comment on function jophiel._filter_spellings(jsonb) is
  'The spellings in which a filter''s tags are looked for: as given and folded, each as it is, in lower case, in capitals and with initial capitals.';
