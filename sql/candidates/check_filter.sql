-- Who writes a feed definition learns at once what the engine does not understand, not from an empty feed.
create or replace function jophiel.check_filter(p_filter jsonb)
  returns void
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_fault text;
begin
  v_fault := case
    when jsonb_typeof(p_filter) is distinct from 'object' then 'the filter is not an object'
    else (select format('the filter''s "%s" %s', f.key, t.fault)
            from jsonb_each(p_filter) as f
           cross join lateral (select jophiel._filter_fault(f.key, f.value) as fault) as t
           where t.fault is not null
           order by f.key
           limit 1)
  end;

  if v_fault is not null then
    raise exception '%', v_fault
      using errcode = 'JO021',
            hint = 'Known are: tags (all of), any_tags, not_tags, metadata (contains), creators, not_creators, created_within ("7 days"), '
                   'created_after (ISO time), text (words).';
  end if;
end;
$$;

comment on function jophiel.check_filter(jsonb) is
  'Checks the filter of a feed definition (see jophiel.find_filtered_items). Raises JO021 for an unknown key, a value of the wrong type or an '
  'empty list.';
