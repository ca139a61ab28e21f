-- What a user has liked, disliked, or otherwise dealt with for good is not recommended again.
create or replace function jophiel._is_hidden(p_user_id bigint, p_item_id bigint)
  returns boolean
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from jophiel.interactions as x
      join jophiel.interaction_types as t on t.interaction_type = x.interaction_type
     where x.user_id = p_user_id
       and x.item_id = p_item_id
       and x.is_active
       and t.is_definitive);
end;
$$;

comment on function jophiel._is_hidden(bigint, bigint) is
  'Whether the user has an active interaction of a definitive type with the item.';
