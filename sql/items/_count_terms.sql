-- The vocabulary of a version: how many items have each term, and which terms get a coordinate for themselves.
create or replace function jophiel._count_terms(p_version integer)
  returns void
  language plpgsql
  volatile
  set work_mem = '64MB'
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_chunk    constant integer := 5000;
  v_terms    constant integer := 100000;
  v_features jsonb;
  v_items    bigint;
  v_room     integer := jophiel._setting('content_dimensions') - jophiel._setting('hash_dimensions');
  v_numbers  integer;
begin
  -- Numbers come first, embeddings last.
  select s.features, s.item_count, coalesce(max(f.coordinate) filter (where f.kind = 'number') + 1, 0),
         coalesce(min(f.coordinate) filter (where f.kind = 'embedding') - 1, v_room)
    into v_features, v_items, v_numbers, v_room
    from jophiel.feature_schemas as s
    left join jophiel._schema_features(s.features) as f on f.kind in ('number', 'embedding')
   where s.version = p_version
   group by s.version;

  insert into jophiel.terms (version, feature, term, item_count, idf, coordinate)
  select p_version, r.feature, r.term, r.item_count, jophiel._idf(v_items, r.item_count),
         case when r.rank <= v_room - v_numbers then v_numbers + r.rank end
    from (
      select t.feature, t.term, count(*) as item_count,
             row_number() over (order by count(*) desc, t.feature collate "C", t.term collate "C") as rank
        from (select b.item_id as first_id, lead(b.item_id) over (order by b.item_id) as next_id
                from (select i.item_id, row_number() over (order by i.item_id) as position
                        from jophiel.items as i
                       where i.deleted_at is null) as b
               where b.position % v_chunk = 1) as c
       cross join lateral (
               select array_agg(i.item_id) as ids, array_agg(i.domain) as domains, array_agg(jophiel._document(i)) as documents
                 from jophiel.items as i
                where i.deleted_at is null
                  and i.item_id >= c.first_id
                  and (i.item_id < c.next_id or c.next_id is null)
               offset 0) as d
       cross join lateral jophiel._document_terms(v_features, d.ids, d.domains, d.documents) as t
       group by t.feature, t.term
       order by rank
       limit v_terms) as r;
end;
$$;

comment on function jophiel._count_terms(integer) is
  'Writes the vocabulary of a schema version, counted over all live items: the 100,000 most frequent terms with their inverse document frequency, and '
  'for as many of them as there is room a coordinate of their own, after those of the numbers and before those of embeddings and the tail.';
