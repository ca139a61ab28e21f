-- Files bring unix seconds or ISO 8601. PostgreSQL alone would also take 'tomorrow', 'epoch' and '2/3/4'.
create or replace function jophiel._parse_time(p_text text)
  returns timestamptz
  language sql
  stable parallel safe
as $$
  select case
           -- Up to the year 5138; what is longer are milliseconds. Bounds within a pattern are slow, so length has them.
           when pg_catalog.length(p_text) <= 24 and p_text ~ '^-?[0-9]+([.][0-9]+)?$'
             then case when abs(p_text::float8) < 1e11::float8 then pg_catalog.to_timestamp(p_text::float8) end
           when p_text ~ '^\d{4}-\d{2}-\d{2}([T ].*)?$' and pg_catalog.pg_input_is_valid(p_text, 'timestamptz')
             then p_text::timestamptz
         end
$$;

comment on function jophiel._parse_time(text) is
  'Unix seconds or an ISO 8601 time; without a zone it is in the session''s. Null for whatever is neither.';
