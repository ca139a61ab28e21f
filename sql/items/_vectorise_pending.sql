-- The batch's share of vectorisation: items that were imported without vectors.
create or replace function jophiel._vectorise_pending(p_limit integer)
  returns integer
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids bigint[];
begin
  select array_agg(n.item_id)
    into v_ids
    from (select i.item_id
            from jophiel.item_changes as c
            join jophiel.items as i on i.item_id = c.item_id
           where c.stage = 'vectorise'
             and i.deleted_at is null
           order by i.item_id
           limit p_limit
             for no key update of i skip locked) as n;

  if v_ids is null then
    return 0;
  end if;

  return jophiel._vectorise_items(v_ids);
end;
$$;

comment on function jophiel._vectorise_pending(integer) is
  'Vectorises up to p_limit items that wait in item_changes and are not locked by somebody else, and returns how many.';
