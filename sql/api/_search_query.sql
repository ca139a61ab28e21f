-- People search as they type: the last word need not be finished. Quotes, "or" and "-" work as on the web.
create or replace function jophiel._search_query(p_query text)
  returns tsquery
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
  -- A text without a word is the caller's error to raise; the parser's notices of it, one a call, say less.
  set client_min_messages = warning
as $$
declare
  v_text  constant text := jophiel._fold(p_query);
  v_query tsquery := websearch_to_tsquery('simple', v_text);
begin
  -- A quotation or an exclusion at the end means what it says.
  if v_text ~ '("|(^| )-\S*)$' then
    return v_query;
  end if;

  -- The parser looks for drum-and-ba as a whole, too, which no finished word contains: at the end a hyphen is a space.
  v_query := websearch_to_tsquery('simple', regexp_replace(v_text, '(?<=\w)-(?=\w\S*$)', ' ', 'g'));
  -- A single letter would match a good part of everything.
  if v_query::text ~ '(^|[^!])''[^'']{2,}''[ )]*$' then
    v_query := regexp_replace(v_query::text, '''([ )]*)$', ''':*\1')::tsquery;
  end if;

  return v_query;
end;
$$;

comment on function jophiel._search_query(text) is
  'What a person typed, as a tsquery over folded words; the last word (of two letters or more) is a prefix. Null gives null.';
