-- The measure of calibrate(), of tune_probes() and of the benchmarks.
create or replace function jophiel._overlap(
  p_exact       jsonb,
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
declare
  v_users constant bigint[] := array(select u.user_id::bigint from jsonb_object_keys(p_exact) as u (user_id));
begin
  select count(*), avg(o.share), min(o.share)
    into users, mean, minimum
    from (select (select count(*) from jsonb_array_elements_text(e.items) as x (item_id) where x.item_id::bigint = any (a.item_ids))::float8
                 / nullif(jsonb_array_length(e.items), 0) as share
            from jophiel._rank_items(v_users, p_policy, p_domain, null, p_probe_items, p_size, p_now) as a
           cross join lateral (select p_exact -> a.user_id::text as items) as e) as o;
end;
$$;

comment on function jophiel._overlap(jsonb, jophiel.scoring_policies, text, integer, integer, timestamptz) is
  'Share of the exact tops (p_exact: of _exact_tops() for the same policy, domain, size and time) that the access path through cells gives too: number of users, mean, minimum.';
