-- A misspelt option must not be taken for the default.
create or replace function jophiel._check_options(p_what text, p_options jsonb, p_known text[])
  returns void
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_hint constant text := format('Known options: %s.', array_to_string(p_known, ', '));
  v_unknown text;
begin
  if jsonb_typeof(p_options) is distinct from 'object' then
    raise exception 'options of % are not a JSON object', p_what
      using errcode = 'JO010',
            hint = v_hint;
  end if;

  select k.name
    into v_unknown
    from jsonb_object_keys(p_options) as k (name)
   where k.name <> all (p_known)
   limit 1;
  if found then
    raise exception '% has no option %', p_what, v_unknown
      using errcode = 'JO010',
            hint = v_hint;
  end if;
end;
$$;

comment on function jophiel._check_options(text, jsonb, text[]) is
  'Raises JO010 where the options are no JSON object or one of them is not known.';
