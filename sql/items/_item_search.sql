-- What a search in the catalogue looks at. The same folding as for terms, so that accents and case do not matter.
create or replace function jophiel._item_search(p_title text, p_tags text[], p_description text)
  returns tsvector
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- A tsvector ends at 1 MB: of a description longer than that the beginning is enough.
  return setweight(to_tsvector('simple', jophiel._fold(left(p_title, 10000))), 'A')
      || setweight(to_tsvector('simple', jophiel._fold(left(array_to_string(p_tags, ' '), 50000))), 'B')
      || setweight(to_tsvector('simple', jophiel._fold(left(p_description, 100000))), 'C');
end;
$$;

comment on function jophiel._item_search(text, text[], text) is
  'The search column of an item: title (weight A), tags (B) and description (C), folded, in the configuration simple.';
