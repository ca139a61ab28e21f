-- The bad rows of an import, for whoever has to correct the file.
create or replace function jophiel._staged_faults(p_part text, p_limit integer)
  returns table (line bigint, reason text)
  language plpgsql
  stable parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
    select f.line, f.reason
      from pg_temp.staged_faults as f
     where f.part = p_part
     order by f.line
     limit p_limit;
end;
$$;

comment on function jophiel._staged_faults(text, integer) is
  'The first bad rows of a part (items, interactions, follows) of the import of this transaction, with the reason.';
