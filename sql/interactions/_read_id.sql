-- Applications send ids as JSON numbers or as text keys. Plain SQL without SET, so that it is inlined.
create or replace function jophiel._read_id(p_value jsonb)
  returns bigint
  language sql
  stable parallel safe
as $$
  select case pg_catalog.jsonb_typeof(p_value)
           when 'number' then case when pg_catalog.pg_input_is_valid(p_value #>> '{}', 'bigint') then (p_value #>> '{}')::bigint end
           when 'string' then case when pg_catalog.length(p_value #>> '{}') <= 500 and p_value #>> '{}' ~ '\S'
                                     then jophiel.key_id(p_value #>> '{}') end
         end
$$;

comment on function jophiel._read_id(jsonb) is
  'The bigint of an id given as an integer or a text key (up to 500 characters); null for anything else. Registers nothing.';
