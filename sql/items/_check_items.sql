-- All or nothing: what is wrong with a row is said before anything is written.
create or replace function jophiel._check_items(p_items jsonb)
  returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_ordinal bigint;
  v_fault   text;
begin
  perform jophiel._check_rows(p_items, 'items');

  select f.ordinal, f.fault
    into v_ordinal, v_fault
    from (select r.ordinal,
                 coalesce(jophiel._item_fault(r.value),
                          case when row_number() over (partition by jophiel._read_id(r.value -> 'item_id') order by r.ordinal) > 1
                               then format('item %s is given twice', r.value ->> 'item_id') end) as fault
            from jsonb_array_elements(p_items) with ordinality as r (value, ordinal)) as f
   where f.fault is not null
   order by f.ordinal
   limit 1;

  if found then
    raise exception 'row % of the items: %', v_ordinal, v_fault
      using errcode = 'JO010',
            hint = 'Nothing was written. Mend the row and send all again.';
  end if;
end;
$$;

comment on function jophiel._check_items(jsonb) is
  'Raises JO010 with the number (from 1) of the first bad row and what is wrong with it; an item may be given once.';
