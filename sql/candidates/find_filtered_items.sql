-- Rules come before tastes: what a feed may show at all. Planned anew at every call, for the values at hand.
create or replace function jophiel.find_filtered_items(p_filter jsonb, p_domain text default null)
  returns setof bigint
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query execute jophiel._filter_query(p_filter, p_domain);
end;
$$;

comment on function jophiel.find_filtered_items(jsonb, text) is
  'Ids of the live items of a domain (null: of all) that pass a filter, in no order. Its keys, all of which must hold: tags (all of), any_tags, not_tags '
  '(in the filter''s spelling or folded, in any usual capitalisation), metadata (contains this object), creators, not_creators (ids), created_within ("7 days"), '
  'created_after (ISO time, UTC where it names no zone), text (words, as one types into a search). {} passes everything. Raises JO021.';
