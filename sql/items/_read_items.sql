-- JSON objects, already checked, as rows of the catalogue.
create or replace function jophiel._read_items(p_items jsonb, p_now timestamptz)
  returns setof jophiel.items
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select jophiel._read_id(r.value -> 'item_id'),
           coalesce(r.value ->> 'domain', 'default'),
           jophiel._read_id(r.value -> 'creator_id'),
           coalesce(r.value ->> 'title', ''),
           coalesce(r.value ->> 'description', ''),
           t.tags,
           (r.value - '{item_id,domain,creator_id,title,description,tags,metadata,created_at}'::text[])
             || coalesce(nullif(r.value -> 'metadata', 'null'), '{}'),
           jophiel._item_search(coalesce(r.value ->> 'title', ''), t.tags, coalesce(r.value ->> 'description', '')),
           jophiel._read_time(nullif(r.value -> 'created_at', 'null')),
           p_now,
           null::timestamptz
      from jsonb_array_elements(p_items) with ordinality as r (value, ordinal)
     cross join lateral (select coalesce(array_agg(e.tag order by e.ordinal) filter (where e.tag <> ''), '{}') as tags
                           from (select btrim(e.value #>> '{}') as tag, e.ordinality as ordinal
                                   from jsonb_array_elements(nullif(r.value -> 'tags', 'null')) with ordinality as e) as e) as t
     order by r.ordinal;
end;
$$;

comment on function jophiel._read_items(jsonb, timestamptz) is
  'The rows of jophiel.items that checked JSON objects stand for, in their order; created_at is null where it is absent. Unknown fields become metadata.';
