-- How far a probe must reach depends on the catalogue: in clustered data 400 items are plenty, in a film catalogue of a few genres they are not.
-- So the engine measures and reads twice as much until it is good enough; then it looks for something less that still is.
create or replace function jophiel.tune_probes(p_domain text default 'default', p_users integer default 40)
  returns integer
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy constant jophiel.scoring_policies := jophiel._policy('default');
  v_size constant integer := 200;
  v_now constant timestamptz := jophiel._now();
  v_mean constant double precision := jophiel._setting('overlap_mean');
  v_minimum constant double precision := jophiel._setting('overlap_minimum');
  v_probe_items integer := jophiel._setting('probe_items');
  v_too_few integer := v_probe_items;
  v_fewer integer;
  v_items bigint;
  v_exact jsonb;
  v_overlap record;
  v_less record;
begin
  if p_users is null or p_users not between 1 and 100000 then
    raise exception 'users % is out of range', coalesce(p_users::text, 'null')
      using errcode = 'JO001',
            hint = 'users 1 to 100000.';
  end if;

  select b.item_count
    into v_items
    from jophiel.cell_builds as b
   where b.domain = p_domain;

  if not found then
    raise exception 'domain % has no cells', coalesce(p_domain, 'null')
      using errcode = 'JO001',
            hint = 'jophiel.build_cells() builds them; a small domain is scanned exactly and needs none.';
  end if;

  v_exact := jophiel._exact_tops(jophiel._sample_users(p_users), v_policy, p_domain, v_size, v_now);
  loop
    select o.*
      into v_overlap
      from jophiel._overlap(v_exact, v_policy, p_domain, v_probe_items, v_size, v_now) as o;
    exit when v_probe_items >= v_items
           or (v_overlap.mean >= v_mean and v_overlap.minimum >= v_minimum)
           or v_overlap.mean is null;
    v_too_few := v_probe_items;
    v_probe_items := least(2 * v_probe_items, v_items);
  end loop;

  for v_round in 1 .. 2 loop
    exit when v_probe_items = v_too_few;
    v_fewer := (v_too_few + v_probe_items) / 2;
    select o.*
      into v_less
      from jophiel._overlap(v_exact, v_policy, p_domain, v_fewer, v_size, v_now) as o;
    if v_less.mean >= v_mean and v_less.minimum >= v_minimum then
      v_probe_items := v_fewer;
      v_overlap := v_less;
    else
      v_too_few := v_fewer;
    end if;
  end loop;

  update jophiel.cell_builds as b
     set probe_items = v_probe_items,
         overlap = jsonb_build_object('users', v_overlap.users, 'mean', v_overlap.mean, 'minimum', v_overlap.minimum)
   where b.domain = p_domain;
  return v_probe_items;
end;
$$;

comment on function jophiel.tune_probes(text, integer) is
  'Finds how many items each user''s probe must read for feeds that share overlap_mean and overlap_minimum (settings) with the exact ones, over some users, stores it in '
  'jophiel.cell_builds and returns it. The batch calls it after cells were built. Raises JO001 for a domain without cells, or users out of range.';
