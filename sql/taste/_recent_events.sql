-- Plays and skips are too many to react to each; several in a short time say that the listener is here now. No SQL in the common case:
-- it is called for each of them.
create or replace function jophiel._recent_events(p_recent timestamptz[], p_new timestamptz[])
  returns timestamptz[]
  language plpgsql
  stable parallel safe strict
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_times timestamptz[] := p_recent || p_new;
  v_events constant integer := jophiel._setting('reaction_events');
  v_window interval;
begin
  if cardinality(v_times) < v_events then
    return v_times;
  end if;

  v_times := array(select t.at from unnest(v_times) as t (at) order by t.at desc);
  v_window := jophiel._setting('reaction_window') * interval '1 minute';
  for v_first in 1 .. cardinality(v_times) - v_events + 1 loop
    if v_times[v_first] - v_times[v_first + v_events - 1] <= v_window then
      return '{}';
    end if;
  end loop;
  return v_times[: v_events - 1];
end;
$$;

comment on function jophiel._recent_events(timestamptz[], timestamptz[]) is
  'The times of low-value events to remember, given those remembered and the new ones: empty where reaction_events of them lie within reaction_window, which is when the '
  'feed reacts; otherwise the newest, one fewer than that. Null where a parameter is null.';
