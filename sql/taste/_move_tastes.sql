-- What a change of the log that is no mere addition means for tastes: rebuilt at once for what feeds react to, later for the rest.
create or replace function jophiel._move_tastes(
  p_high      bigint[],
  p_low       bigint[],
  p_unknown   bigint[],
  p_low_users bigint[],
  p_low_at    timestamptz[]
)
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings constant jophiel.event_settings := jophiel._event_settings();
  v_high     bigint[] := p_high;
begin
  if p_low_users is not null then
    with low as (
      select n.user_id, array_agg(n.happened_at) as happened_at
        from unnest(p_low_users, p_low_at) as n (user_id, happened_at)
       group by n.user_id
    ), noted as (
      update jophiel.tastes as t
         set recent_events = jophiel._recent_events(t.recent_events, o.happened_at, v_settings.reaction_events, v_settings.reaction_window)
        from low as o
       where t.user_id = any (p_low_users)
         and t.user_id = o.user_id
      returning t.user_id, t.recent_events
    )
    select v_high || array_agg(n.user_id)
      into v_high
      from noted as n
     where n.recent_events = '{}';
  end if;

  if v_high <> '{}' then
    perform jophiel._rebuild_tastes(v_high, true);
  end if;
  if p_low is not null then
    perform jophiel.mark_tastes_stale(array(select n.user_id from unnest(p_low) as n (user_id) where n.user_id = any (v_high) is not true));
  end if;
  -- The item may be being written at this moment, by somebody who does not see our event.
  if p_unknown is not null then
    perform jophiel.mark_tastes_stale(p_unknown);
  end if;
end;
$$;

comment on function jophiel._move_tastes(bigint[], bigint[], bigint[], bigint[], timestamptz[]) is
  'Rebuilds the tastes of the users p_high for readers to see, marks those of p_low and p_unknown (who acted on items without a signal) stale. p_low_users, p_low_at: who '
  'had low-value events, and when (parallel); where they are enough, the taste is rebuilt as well. Any may be null.';
