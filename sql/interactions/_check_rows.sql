-- The first check of every function that takes rows as JSON.
create or replace function jophiel._check_rows(p_rows jsonb, p_what text)
  returns void
  language plpgsql
  immutable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_ordinal bigint;
begin
  if jsonb_typeof(p_rows) is distinct from 'array' then
    raise exception 'the % must be a JSON array of objects, not %', p_what, coalesce(jsonb_typeof(p_rows), 'null')
      using errcode = 'JO010',
            hint = 'Put a single object between [ and ].';
  end if;

  select min(r.ordinal)
    into v_ordinal
    from jsonb_array_elements(p_rows) with ordinality as r (value, ordinal)
   where jsonb_typeof(r.value) <> 'object';

  if v_ordinal is not null then
    raise exception 'row % of the %: is not an object', v_ordinal, p_what
      using errcode = 'JO010',
            hint = 'Nothing was written. Every row is an object such as {"user_id": 1}.';
  end if;
end;
$$;

comment on function jophiel._check_rows(jsonb, text) is
  'Raises JO010 where the rows are not an array of objects. p_what: what they are, in the plural, for the message.';
