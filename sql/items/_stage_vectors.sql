-- Second step: a chunk of vectors in the new coordinates, beside those in use.
create or replace function jophiel._stage_vectors(p_limit integer)
  returns integer
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_version integer;
  v_ids     bigint[];
begin
  -- The version cannot be dropped while somebody works for it.
  select s.version
    into v_version
    from jophiel.feature_schemas as s
   where not s.is_active
     for key share of s;

  if not found then
    return 0;
  end if;

  -- The lock makes an item that is being changed wait for its turn: whoever changes it later sees what was staged, and removes it.
  select array_agg(n.item_id)
    into v_ids
    from (select i.item_id
            from jophiel.items as i
           where i.item_id > coalesce((select max(v.item_id) from jophiel.staged_vectors as v), -9223372036854775808)
           order by i.item_id
           limit p_limit
             for share of i skip locked) as n;

  if v_ids is null then
    select array_agg(n.item_id)
      into v_ids
      from (select i.item_id
              from jophiel.items as i
             where not exists (select from jophiel.staged_vectors as v where v.item_id = i.item_id)
             order by i.item_id
             limit p_limit
               for share of i skip locked) as n;
  end if;

  return jophiel._stage_items(v_version, v_ids);
end;
$$;

comment on function jophiel._stage_vectors(integer) is
  'Stages the vectors of up to p_limit items for the schema version that is being built and returns how many; 0 where all are staged or nothing is being '
  'built. First those after the last staged one, then what was left out or changed meanwhile.';
