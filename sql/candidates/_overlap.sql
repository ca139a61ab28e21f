-- The measure of calibrate() and of the benchmarks.
create or replace function jophiel._overlap(
  p_user_ids    bigint[],
  p_policy      jophiel.scoring_policies,
  p_domain      text,
  p_probe_items integer,
  p_size        integer,
  p_now         timestamptz,
  out users     integer,
  out mean      double precision,
  out minimum   double precision
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
begin
  select count(*), avg(o.share), min(o.share)
    into users, mean, minimum
    from (select (select count(*) from unnest(e.item_ids) as x (item_id) where x.item_id = any (a.item_ids))::float8
                 / nullif(cardinality(e.item_ids), 0) as share
            from jophiel._rank_items(p_user_ids, p_policy, p_domain, null, null, p_size, p_now) as e
            join jophiel._rank_items(p_user_ids, p_policy, p_domain, null, p_probe_items, p_size, p_now) as a on a.user_id = e.user_id) as o;
end;
$$;

comment on function jophiel._overlap(bigint[], jophiel.scoring_policies, text, integer, integer, timestamptz) is
  'Share of the exact top p_size that the access path through cells gives too: number of users, mean, minimum.';
