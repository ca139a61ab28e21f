-- What a person would read of a JSON value.
create or replace function jophiel._text_of(p_value jsonb)
  returns text
  language sql
  immutable parallel safe
as $$
  select case pg_catalog.jsonb_typeof(p_value)
           when 'array' then (select pg_catalog.string_agg(e.value #>> '{}', ', ' order by e.place)
                                from pg_catalog.jsonb_array_elements(p_value) with ordinality as e (value, place)
                               where pg_catalog.jsonb_typeof(e.value) in ('string', 'number'))
           when 'object' then null
           else pg_catalog.replace(p_value #>> '{}', '|', ', ')
         end
$$;

comment on function jophiel._text_of(jsonb) is
  'A JSON value in words: the members of a list with commas between; null for an object.';
