-- What documents say, as folded terms: the vocabulary counts them and the vectors are made of them, so both see the same.
create or replace function jophiel._document_terms(p_features jsonb, p_ids bigint[], p_domains text[], p_documents jsonb[])
  returns table (id bigint, feature text, term text)
  language plpgsql
  stable parallel safe
  rows 100000
  set plan_cache_mode = force_generic_plan
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- offset 0, here and below: a value is looked up or folded once, not in every use of it.
  return query
    select distinct l.id, l.feature, left(m.term, 100)
      from (select f.id, f.feature,
                   case
                     when jsonb_typeof(f.value) = 'array' then f.value
                     when f.kind = 'tags' and jsonb_typeof(f.value) = 'string'
                       then to_jsonb(string_to_array(replace(f.value #>> '{}', ',', '|'), '|'))
                     else jsonb_build_array(f.value)
                   end as members
              from (select d.id, f.feature, f.kind, d.document #> f.source as value
                      from unnest(p_ids, p_domains, p_documents) as d (id, domain, document)
                      join jophiel._schema_features(p_features) as f
                        on f.kind in ('category', 'tags')
                       and (f.domain is null or f.domain = d.domain)
                    offset 0) as f
             where f.value is not null
            offset 0) as l
     cross join lateral (select jophiel._fold(e.value #>> '{}') as term
                           from jsonb_array_elements(l.members) as e (value)
                          where jsonb_typeof(e.value) in ('string', 'number', 'boolean')
                         offset 0) as m
     where m.term <> '';

  return query
    select distinct w.id, w.feature, left(s.word, 100)
      from (select t.id, t.feature, jophiel._fold(t.words) as words
              from (select d.id, f.feature, d.document #>> f.source as words
                      from unnest(p_ids, p_domains, p_documents) as d (id, domain, document)
                      join jophiel._schema_features(p_features) as f
                        on f.kind = 'text'
                       and (f.domain is null or f.domain = d.domain)
                    offset 0) as t
            offset 0) as w
     cross join lateral regexp_split_to_table(w.words, '[^[:alnum:]]+') as s (word)
     where length(s.word) > 1;
end;
$$;

comment on function jophiel._document_terms(jsonb, bigint[], text[], jsonb[]) is
  'The distinct folded terms (at most 100 characters) of documents, for the category, tags and text features of a frozen schema that apply to the '
  'document''s domain. A category may be a list; tags may be a text with | or , between them; words have two letters or more.';
