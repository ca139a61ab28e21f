-- A taste is a function of the log. This is that function; everything faster must agree with it.
create or replace function jophiel._rebuild_tastes(p_user_ids bigint[])
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the array holds: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_half_life double precision := jophiel._setting('taste_half_life_days') * 86400;
  v_zero      public.vector := jophiel._zero_taste();
  v_ids       bigint[];
begin
  -- A statement of its own: what the writers before us committed is in the snapshot of the next one.
  v_ids := jophiel._lock_tastes(p_user_ids);

  with event as (
    select i.user_id, i.item_id, null::bigint as creator_id, i.happened_at,
           coalesce(i.weight, y.weight)::double precision as weight
      from jophiel.interactions as i
      join jophiel.interaction_types as y on y.interaction_type = i.interaction_type
     where i.user_id = any (v_ids)
       and i.is_active
     union all
    select f.user_id, null, f.creator_id, f.happened_at, y.weight
      from jophiel.follows as f
      join jophiel.interaction_types as y on y.interaction_type = 'follow'
     where f.user_id = any (v_ids)
       and f.is_active
  ), dated as (
    select e.user_id, e.item_id, e.creator_id, e.happened_at, e.weight,
           max(e.happened_at) over (partition by e.user_id) as as_of
      from event as e
  ), contribution as (
    select d.user_id, d.as_of, coalesce(s.signal, c.signal) as signal,
           jophiel._decayed_weight(d.weight, d.happened_at, d.as_of, v_half_life) as weight
      from dated as d
      left join jophiel.item_signals as s on s.item_id = d.item_id
      left join jophiel.creators as c on c.creator_id = d.creator_id
  ), total as (
    select n.user_id, max(n.as_of) as as_of, count(*) as event_count,
           sum(abs(n.weight)) filter (where n.signal is not null) as mass,
           public.sum(array_fill(n.weight::real, array[public.vector_dims(n.signal)])::public.vector
               operator(public.*) n.signal::public.vector)
             filter (where n.signal is not null and n.weight <> 0) as taste
      from contribution as n
     group by n.user_id
  )
  update jophiel.tastes as t
     set taste = coalesce(w.taste, v_zero),
         as_of = coalesce(w.as_of, 'epoch'::timestamptz),
         mass = coalesce(w.mass, 0),
         event_count = coalesce(w.event_count, 0),
         version = t.version + 1,
         stale_since = null
    from (select u.user_id, o.as_of, o.event_count, o.mass, o.taste
            from unnest(v_ids) as u (user_id)
            left join total as o on o.user_id = u.user_id) as w
   where t.user_id = w.user_id;

  return cardinality(v_ids);
end;
$$;

comment on function jophiel._rebuild_tastes(bigint[]) is
  'Computes the tastes of users anew from the log, clears stale_since, raises version, and returns how many there were. '
  'Locks the tastes in the order of user ids; ids that are no user are passed over.';
