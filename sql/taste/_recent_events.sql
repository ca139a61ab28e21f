-- Plays and skips are too many to react to each; several in a short time say that the listener is here now. It is called for each of them, so
-- its callers read the settings, and the search path is theirs: every name has its schema.
create or replace function jophiel._recent_events(
  p_recent  timestamptz[],
  p_new     timestamptz[],
  p_events  integer,
  p_minutes double precision
)
  returns timestamptz[]
  language plpgsql
  immutable parallel safe strict
as $$
declare
  v_times timestamptz[] := p_recent || p_new;
begin
  if pg_catalog.cardinality(v_times) < p_events then
    return v_times;
  end if;

  v_times := array(select t.at from pg_catalog.unnest(v_times) as t (at) order by t.at desc);
  for v_first in 1 .. pg_catalog.cardinality(v_times) - p_events + 1 loop
    if v_times[v_first] - v_times[v_first + p_events - 1] <= p_minutes * interval '1 minute' then
      return '{}';
    end if;
  end loop;
  return v_times[: p_events - 1];
end;
$$;

comment on function jophiel._recent_events(timestamptz[], timestamptz[], integer, double precision) is
  'The times of low-value events to remember, given those remembered and the new ones: empty where p_events of them (event_settings.reaction_events) lie within p_minutes (reaction_window), which is when the '
  'feed reacts; otherwise the newest, one fewer than that. Null where a parameter is null.';
