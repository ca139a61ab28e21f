-- A number in a document, also where a CSV or a careless publisher made a text of it. Inlined: no table is touched.
create or replace function jophiel._json_number(p_value jsonb)
  returns double precision
  language sql
  immutable parallel safe
as $$
  select case
    when pg_catalog.jsonb_typeof(p_value) = 'number'
         and pg_catalog.length(p_value #>> '{}') <= 300 then p_value::double precision
    when pg_catalog.jsonb_typeof(p_value) = 'string'
         and p_value #>> '{}' ~ '^\s*[-+]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})\s*$' then (p_value #>> '{}')::double precision
  end
$$;

comment on function jophiel._json_number(jsonb) is
  'The number that a JSON value is or spells; null for anything else, because what is not a number is unknown.';
