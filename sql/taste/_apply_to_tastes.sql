-- The fast path: events that only add something to a taste move it by a vector addition, whatever the length of the log.
create or replace function jophiel._apply_to_tastes(p_user_ids bigint[], p_event_ids uuid[])
  returns bigint[]
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the arrays hold: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_now       timestamptz := jophiel._now();
  v_half_life double precision := jophiel._setting('taste_half_life_days') * 86400;
  v_applied   bigint[];
begin
  with addition as (
    select i.user_id, i.happened_at, s.signal, coalesce(i.weight, y.weight)::double precision as weight,
           greatest(max(i.happened_at) over (partition by i.user_id),
                    case when t.event_count > 0 then t.as_of end) as as_of
      from unnest(p_user_ids, p_event_ids) as e (user_id, event_id)
      join jophiel.interactions as i on i.user_id = e.user_id and i.event_id = e.event_id
      join jophiel.interaction_types as y on y.interaction_type = i.interaction_type
      join jophiel.tastes as t on t.user_id = e.user_id and t.stale_since is null
      left join jophiel.item_signals as s on s.item_id = i.item_id
  ), contribution as (
    select a.user_id, a.as_of, a.signal,
           jophiel._decayed_weight(a.weight, a.happened_at, a.as_of, v_half_life) as weight
      from addition as a
  ), total as (
    select c.user_id, max(c.as_of) as as_of, count(*) as event_count, count(*) > count(c.signal) as has_unknown,
           coalesce(sum(abs(c.weight)) filter (where c.signal is not null), 0) as mass,
           coalesce(public.sum(array_fill(c.weight::real, array[public.vector_dims(c.signal)])::public.vector
                        operator(public.*) c.signal::public.vector)
                      filter (where c.signal is not null and c.weight <> 0), jophiel._zero_taste()) as taste
      from contribution as c
     group by c.user_id
  ), aged as (
    select o.user_id, o.as_of, o.event_count, o.has_unknown, o.mass, o.taste,
           case when t.event_count > 0 then jophiel._decayed_weight(1, t.as_of, o.as_of, v_half_life) else 1 end as factor
      from total as o
      join jophiel.tastes as t on t.user_id = o.user_id
  ), moved as (
    -- By more than one half, repeated ageing never underflows: the smallest float4 rounds to itself. Others are rebuilt.
    update jophiel.tastes as t
       set taste = case
                     when g.factor = 1 then t.taste
                     else t.taste operator(public.*)
                          array_fill(g.factor::real, array[public.vector_dims(t.taste)])::public.vector
                   end operator(public.+) g.taste,
           as_of = g.as_of,
           mass = t.mass * g.factor + g.mass,
           event_count = t.event_count + g.event_count,
           version = t.version + 1,
           stale_since = case when g.has_unknown then v_now end
      from aged as g
     where t.user_id = g.user_id
       and g.factor > 0.5
    returning t.user_id
  )
  select coalesce(array_agg(m.user_id), '{}')
    into v_applied
    from moved as m;

  return v_applied;
end;
$$;

comment on function jophiel._apply_to_tastes(bigint[], uuid[]) is
  'Adds events that are new and active in the log to the tastes of their users (parallel arrays; the tastes are locked) and '
  'returns whose were moved: not those that are stale or that an event ages by a half-life or more, which want a rebuild. '
  'Where an item has no signal yet the taste becomes stale, in case the item is being written at this moment.';
