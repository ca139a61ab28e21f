-- An event that came while the item was being written did not see its signal, and the item's writer did not see the event; a rebuild between
-- the two has taken note of neither. When the batch looks at the item, both are there.
create or replace function jophiel._mark_actors(p_item_ids bigint[])
  returns boolean
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_users constant bigint[] := array(
    select distinct i.user_id
      from jophiel.item_changes as c
      join jophiel.interactions as i on i.item_id = c.item_id
     where c.stage = 'match'
       and (p_item_ids is null or c.item_id = any (p_item_ids))
       and i.received_at > c.changed_at - interval '1 minute');
  -- Whoever writes for one of these users holds the taste and may be waiting for the rows that our caller holds: nobody is waited for here.
  v_held constant bigint[] := array(
    select t.user_id from jophiel.tastes as t where t.user_id = any (v_users) order by t.user_id for no key update of t skip locked);
begin
  if cardinality(v_held) < (select count(*) from jophiel.tastes as t where t.user_id = any (v_users)) then
    return false;
  end if;
  perform jophiel.mark_tastes_stale(v_held);
  return true;
end;
$$;

comment on function jophiel._mark_actors(bigint[]) is
  'Makes the tastes stale of whoever acted on items (null: all) that wait for the stage match, while they were being written; false, and nothing done, where somebody else is '
  'writing one of these tastes.';
