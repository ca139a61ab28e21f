-- What a cold user is offered, and a component of the score for whoever weighs it.
create or replace function jophiel.refresh_popularity()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := jophiel._now();
  v_decay constant double precision := -ln(2) / (86400 * jophiel._setting('popularity_half_life_days'));
  v_exponent constant double precision := jophiel._setting('popularity_exponent');
  v_newest timestamptz;
  v_changed bigint;
begin
  perform jophiel._lock_popularity();

  -- As of the newest interaction and not of the clock: an imported log of last year has its favourites too.
  select least(max(x.happened_at), v_now)
    into v_newest
    from jophiel.interactions as x
   where x.is_active;

  with counted as (
    select x.item_id,
           count(*) as interactions,
           sum(greatest(0, coalesce(x.weight, t.weight))
               * exp(greatest(-700, v_decay * extract(epoch from greatest(interval '0', v_newest - x.happened_at))))) as mass
      from jophiel.interactions as x
      join jophiel.interaction_types as t on t.interaction_type = x.interaction_type
      join jophiel.items as i on i.item_id = x.item_id
     where x.is_active
       and i.deleted_at is null
     group by x.item_id
  ),
  scaled as (
    select c.item_id,
           c.interactions,
           c.mass,
           case
             when v_exponent > 0 then jophiel._as_real(coalesce(power(c.mass / nullif(max(c.mass) over (), 0), v_exponent), 0))
             else coalesce(ln(1 + c.mass) / nullif(ln(1 + max(c.mass) over ()), 0), 0)::real
           end as popularity
      from counted as c
  )
  insert into jophiel.item_stats as s (item_id, interactions, mass, popularity, updated_at)
  select c.item_id, c.interactions, c.mass, c.popularity, v_now
    from scaled as c
   order by c.item_id
      on conflict (item_id) do update
     set interactions = excluded.interactions,
         mass = excluded.mass,
         popularity = excluded.popularity,
         updated_at = excluded.updated_at;
  get diagnostics v_changed = row_count;

  -- What nobody has an active interaction with any more, and what is gone.
  delete from jophiel.item_stats as s
   where s.updated_at < v_now;

  perform jophiel._refresh_categories(v_now);
  insert into jophiel.meta as m (name, value)
  values ('popularity_at', v_now::text)
      on conflict (name) do update
     set value = excluded.value;
  return v_changed;
end;
$$;

comment on function jophiel.refresh_popularity() is
  'Counts every live item''s active interactions and their positive weights, halved every popularity_half_life_days before the newest interaction; popularity = (mass / greatest mass) ^ popularity_exponent, '
  'where that is 0 ln(1 + mass) / ln(1 + greatest mass); then what is popular in each category. '
  'Returns how many items have one.';
