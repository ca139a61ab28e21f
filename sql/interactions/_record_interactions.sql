-- The one way into the log: parallel arrays, already checked, any number of users at once.
create or replace function jophiel._record_interactions(
  p_user_ids    bigint[],
  p_item_ids    bigint[],
  p_types       text[],
  p_weights     real[],
  p_happened_at timestamptz[],
  p_event_ids   uuid[],
  p_details     jsonb[]
)
  returns integer[]
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arrays hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
  -- Also those that were planned while the tables were short, in a session that sees them grow.
  set enable_seqscan = off
as $$
declare
  v_users     bigint[];
  v_repeating bigint[] := '{}';
  v_added     integer[];
  v_others    integer[];
  v_merged    integer[];
begin
  -- The locks of _hold_signals() and _lock_tastes(), in this order (a CASE looks at its branches one after the other), in one statement
  -- where everybody is known. Who is not is made first: nobody waits for a new user while holding the taste of another.
  v_users := case
    when array(
           select s.item_id from jophiel.item_signals as s where s.item_id = any (p_item_ids) order by s.item_id for key share of s) is null
      or exists (
           select from unnest(p_user_ids) as n (user_id)
            where not exists (select from jophiel.tastes as t where t.user_id = n.user_id offset 0))
      then null
    else array(
           select t.user_id from jophiel.tastes as t where t.user_id = any (p_user_ids) order by t.user_id for no key update of t)
  end;
  if v_users is null then
    v_users := jophiel._ensure_users((select array_agg(distinct u.user_id) from unnest(p_user_ids) as u (user_id)));
  end if;

  if p_user_ids <@ v_users then
    if cardinality(p_user_ids) > 1 then
      v_repeating := array(
        select r.user_id
          from unnest(p_user_ids, p_event_ids) as r (user_id, event_id)
         group by r.user_id, r.event_id
        having count(*) > 1
         union all
        select r.user_id
          from unnest(p_user_ids, p_item_ids, p_types, p_details) as r (user_id, item_id, type, details)
          join jophiel.interaction_types as y on y.interaction_type = r.type and y.is_state
         group by r.user_id, r.item_id, r.type, r.details ->> 'collection_id'
        having count(*) > 1);
    end if;
    select a.added, a.others
      into v_added, v_others
      from jophiel._add_interactions(
             p_user_ids, p_item_ids, p_types, p_weights, p_happened_at, p_event_ids, p_details, v_repeating) as a;
  else
    -- Whose taste could not be locked was deleted while we waited.
    v_others := array(
      select n.ordinal::integer from unnest(p_user_ids) with ordinality as n (user_id, ordinal) where n.user_id = any (v_users));
  end if;

  if v_others <> '{}' then
    select jophiel._merge_interactions(
             array_agg(p_user_ids[n.ordinal]), array_agg(p_item_ids[n.ordinal]), array_agg(p_types[n.ordinal]),
             array_agg(p_weights[n.ordinal]), array_agg(p_happened_at[n.ordinal]), array_agg(p_event_ids[n.ordinal]),
             array_agg(p_details[n.ordinal]))
      into v_merged
      from (select o.ordinal from unnest(v_others) as o (ordinal) order by o.ordinal) as n;
    v_others := array(select o.ordinal from unnest(v_others) as o (ordinal) order by o.ordinal);
    v_added := v_added || array(select v_others[m.place] from unnest(v_merged) as m (place));
  end if;

  return coalesce(v_added, '{}');
end;
$$;

comment on function jophiel._record_interactions(bigint[], bigint[], text[], real[], timestamptz[], uuid[], jsonb[]) is
  'Writes events to the log, settles the registers of states, and moves the tastes: at once where that is an addition or an event is of high value, otherwise they '
  'become stale. Readers see a high-value event at once, others with the next batch or the fifth of ten minutes. Returns the ordinals (from 1) of the rows that were '
  'new; the others were there before, or their user is being deleted.';
