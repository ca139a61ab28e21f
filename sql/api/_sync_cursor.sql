-- A page's end is written in internal ids, because keys of text may hold any separator.
create or replace function jophiel._sync_cursor(p_after text)
  returns table (first_id bigint, second_id bigint)
  language plpgsql
  immutable parallel safe
  rows 1
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_parts constant text[] := string_to_array(p_after, ',');
begin
  if p_after is not null
     and (p_after !~ '^-?\d+(,-?\d+)?$'
          or not pg_input_is_valid(v_parts[1], 'bigint')
          or not pg_input_is_valid(coalesce(v_parts[2], '0'), 'bigint')) then
    raise exception 'no page ends at "%"', p_after
      using errcode = 'JO001',
            hint = 'Give the column after of the last row of the page before.';
  end if;

  return query select v_parts[1]::bigint, v_parts[2]::bigint;
end;
$$;

comment on function jophiel._sync_cursor(text) is 'The internal ids that a page ended with; nulls for null. Raises JO001.';
