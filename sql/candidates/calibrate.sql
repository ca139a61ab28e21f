-- Approximation is only honest with its error beside it: what the cells miss, measured against exact scans over real users.
create or replace function jophiel.calibrate(p_domain text default null, p_users integer default 50, p_size integer default 200)
  returns table (measure text, users integer, mean double precision, minimum double precision)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy constant jophiel.scoring_policies := jophiel._policy('default');
  v_nearest jophiel.scoring_policies := v_policy;
  v_probe_items constant integer := jophiel._probe_items(p_domain, null, p_size);
  v_now constant timestamptz := jophiel._now();
  v_users bigint[];
begin
  if p_users is null or p_users not between 1 and 100000 or p_size is null or p_size not between 1 and 1000 then
    raise exception 'users % or size % is out of range', coalesce(p_users::text, 'null'), coalesce(p_size::text, 'null')
      using errcode = 'JO001',
            hint = 'users 1 to 100000, size 1 to 1000.';
  end if;

  v_users := jophiel._sample_users(p_users);

  -- Recall is the same question about the vectors alone: no follows, no novelty.
  v_nearest.following := 0;
  v_nearest.novelty := 0;
  v_nearest.popularity := 0;
  v_nearest.cold_popularity := 0;

  return query
    select 'recall', r.users, r.mean, r.minimum
      from jophiel._overlap(
             jophiel._exact_tops(v_users, v_nearest, p_domain, p_size, v_now), v_nearest, p_domain, v_probe_items, p_size, v_now) as r
     union all
    select 'overlap', r.users, r.mean, r.minimum
      from jophiel._overlap(
             jophiel._exact_tops(v_users, v_policy, p_domain, p_size, v_now), v_policy, p_domain, v_probe_items, p_size, v_now) as r;
end;
$$;

comment on function jophiel.calibrate(text, integer, integer) is
  'What the engine''s access path of a domain (null: all) keeps of the exact answer, over some users with a taste, mean and minimum of the shares of the top p_size: '
  'recall by similarity alone, overlap by the whole formula. 1 where the engine scans exactly. jophiel.tune_probes() raises it. Raises JO001.';
