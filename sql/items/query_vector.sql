-- A wish in words as a place among the items: what search_items() finds by letters, a feed can lean towards.
create or replace function jophiel.query_vector(p_text text)
  returns public.halfvec
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_text is null or p_text !~ '\S' or length(p_text) > 1000 then
    raise exception 'the query is no wish in words'
      using errcode = 'JO001',
            hint = 'A text of up to 1000 letters that is not empty.';
  end if;

  return jophiel.interest_vector(jophiel._phrases(p_text));
end;
$$;

comment on function jophiel.query_vector(text) is
  'The content block of a text: the sum of the terms of any feature that are one of its words, or two or three in a row, each by feature weight and rarity. Of unit length, or zero where the vocabulary has '
  'none of them. Raises JO001 for a text that is empty or longer than 1000 letters.';
