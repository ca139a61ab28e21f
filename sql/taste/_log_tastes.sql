-- A taste is a function of the log. This is that function; everything faster must agree with it.
create or replace function jophiel._log_tastes(p_user_ids bigint[])
  returns table (user_id bigint, taste public.vector, as_of timestamptz, mass double precision, event_count integer)
  language plpgsql
  stable parallel safe
  rows 100
  set search_path = pg_catalog, pg_temp
  -- Looks by key whatever the array holds: planning anew costs more than the work.
  set plan_cache_mode = force_generic_plan
  -- Also those that were planned while the tables were short, in a session that sees them grow.
  set enable_seqscan = off
as $$
declare
  v_half_life constant double precision := (jophiel._event_settings()).taste_half_life_days * 86400;
  v_zero      constant public.vector := jophiel._zero_taste();
begin
  return query
    with event as (
      select i.user_id, i.item_id, null::bigint as creator_id, i.happened_at,
             coalesce(i.weight, y.weight)::double precision as weight
        from jophiel.interactions as i
        join jophiel.interaction_types as y on y.interaction_type = i.interaction_type
       where i.user_id = any (p_user_ids)
         and i.is_active
       union all
      select f.user_id, null, f.creator_id, f.happened_at, y.weight
        from jophiel.follows as f
        join jophiel.interaction_types as y on y.interaction_type = 'follow'
       where f.user_id = any (p_user_ids)
         and f.is_active
    ), dated as (
      select e.user_id, e.item_id, e.creator_id, e.happened_at, e.weight,
             max(e.happened_at) over (partition by e.user_id) as as_of
        from event as e
    ), contribution as (
      select d.user_id, d.as_of, d.happened_at, d.item_id, d.creator_id,
             -- Not joins: those could be merges over the whole of both.
             coalesce((select s.signal from jophiel.item_signals as s where s.item_id = d.item_id),
                      (select c.signal from jophiel.creators as c where c.creator_id = d.creator_id)) as signal,
             jophiel._decayed_weight(d.weight, d.happened_at, d.as_of, v_half_life) as weight
        from dated as d
    ), total as (
      select n.user_id, max(n.as_of) as as_of, count(*)::integer as event_count,
             sum(abs(n.weight) order by n.happened_at, n.item_id, n.creator_id) filter (where n.signal is not null) as mass,
             -- In one order, so that the same log gives the same taste to the last bit, wherever its rows lie.
             public.sum(array_fill(n.weight::real, array[public.vector_dims(n.signal)])::public.vector
                 operator(public.*) n.signal::public.vector order by n.happened_at, n.item_id, n.creator_id)
               filter (where n.signal is not null and n.weight <> 0) as taste
        from contribution as n
       group by n.user_id
    )
    select u.user_id, coalesce(o.taste, v_zero), coalesce(o.as_of, 'epoch'::timestamptz), coalesce(o.mass, 0),
           coalesce(o.event_count, 0)
      from (select distinct n.user_id from unnest(p_user_ids) as n (user_id)) as u
      left join total as o on o.user_id = u.user_id;
end;
$$;

comment on function jophiel._log_tastes(bigint[]) is
  'The tastes of users computed from the log, without writing them: one row each, a zero taste as of 1970 for who has none.';
