-- What lasted counts by how long, whether an event tells of it or somebody records it.
create or replace function jophiel._lasted_weight(p_type text, p_seconds jsonb)
  returns real
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(p_seconds) is distinct from 'number' or p_seconds::numeric not between 0 and 1e9 then
    return null;
  end if;

  return (
    select jophiel._weigh_duration(y.weight, p_seconds, e.zero_seconds, e.full_seconds)
      from jophiel.event_types as e
      join jophiel.interaction_types as y on y.interaction_type = e.interaction_type
     where e.interaction_type = p_type
       and e.full_seconds is not null
     order by e.event_name
     limit 1);
end;
$$;

comment on function jophiel._lasted_weight(text, jsonb) is
  'The weight of an interaction that lasted p_seconds (0 to 1e9), by zero_seconds and full_seconds of the event of its type; null where the type has none, or p_seconds is no such number.';
