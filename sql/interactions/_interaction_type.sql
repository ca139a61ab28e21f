-- A type is a row of configuration; a follow is towards a creator and has functions of its own.
create or replace function jophiel._interaction_type(p_type text)
  returns jophiel.interaction_types
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_type jophiel.interaction_types;
begin
  select y.interaction_type, y.weight, y.is_state, y.is_definitive, y.is_high_value, y.cancels
    into v_type
    from jophiel.interaction_types as y
   where y.interaction_type = p_type;

  if not found then
    raise exception 'unknown interaction type "%"', p_type
      using errcode = 'JO007',
            hint = 'The types are rows of jophiel.interaction_types; insert it there.';
  end if;

  if 'follow' in (v_type.interaction_type, v_type.cancels) then
    raise exception 'type "%" is towards a creator, not an item', p_type
      using errcode = 'JO010',
            hint = 'Call jophiel.follow() or jophiel.unfollow().';
  end if;

  return v_type;
end;
$$;

comment on function jophiel._interaction_type(text) is
  'The row of a type. Raises JO007 where the type is unknown, JO010 where it is a follow or cancels one.';
