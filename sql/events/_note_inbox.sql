-- Remembers the events that leave no row of their own. Their users' tastes are locked, so nobody else notes the same ones now.
create or replace function jophiel._note_inbox(p_user_ids bigint[], p_event_ids uuid[], p_happened_at timestamptz[])
  returns integer[]
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arrays hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_now      constant timestamptz := jophiel._now();
  v_ordinals integer[];
begin
  with input as (
    select distinct on (e.user_id, e.event_id) e.user_id, e.event_id, e.happened_at, e.ordinal::integer as ordinal
      from unnest(p_user_ids, p_event_ids, p_happened_at) with ordinality as e (user_id, event_id, happened_at, ordinal)
     order by e.user_id, e.event_id, e.ordinal
  ), noted as (
    insert into jophiel.inbox as b (user_id, event_id, happened_at, received_at)
    select n.user_id, n.event_id, n.happened_at, v_now
      from input as n
        on conflict on constraint inbox_pkey do nothing
    returning b.user_id, b.event_id
  )
  select coalesce(array_agg(n.ordinal), '{}')
    into v_ordinals
    from input as n
    join noted as b on b.user_id = n.user_id and b.event_id = n.event_id;

  return v_ordinals;
end;
$$;

comment on function jophiel._note_inbox(bigint[], uuid[], timestamptz[]) is
  'Notes events (parallel arrays) in the inbox and returns the ordinals (from 1) of those that were not there.';
