-- After an import by COPY: the rows are in the log, all active; this is what recording them one by one would have done.
create or replace function jophiel._settle_interactions(p_user_ids bigint[] default null)
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
  -- The two cases, some users and all, want plans of their own.
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_now     timestamptz := jophiel._now();
  v_zero    public.vector := jophiel._zero_taste();
  v_settled bigint;
  v_bad     record;
begin
  select i.user_id, i.event_id, i.weight
    into v_bad
    from jophiel.interactions as i
   where (p_user_ids is null or i.user_id = any (p_user_ids))
     and i.weight not between -100 and 100
   limit 1;
  if found then
    raise exception 'weight % of event % of user % is outside -100 to 100', v_bad.weight, v_bad.event_id, v_bad.user_id
      using errcode = 'JO012',
            hint = 'Mend or delete the row; null takes the type''s weight.';
  end if;

  insert into jophiel.users (user_id, created_at, updated_at)
  select i.user_id, v_now, v_now
    from jophiel.interactions as i
   where (p_user_ids is null or i.user_id = any (p_user_ids))
     and not exists (select from jophiel.users as u where u.user_id = i.user_id)
   group by i.user_id
   order by i.user_id
      on conflict (user_id) do nothing;

  insert into jophiel.tastes (user_id, taste, as_of)
  select u.user_id, v_zero, 'epoch'::timestamptz
    from jophiel.users as u
   where (p_user_ids is null or u.user_id = any (p_user_ids))
     and not exists (select from jophiel.tastes as t where t.user_id = u.user_id)
   order by u.user_id
      on conflict (user_id) do nothing;

  -- Locks the tastes: from here on nobody else writes to these users' logs.
  perform jophiel.mark_tastes_stale(p_user_ids);

  with ranked as (
    select i.user_id, i.event_id, i.is_active, y.cancels is null as is_setting,
           row_number() over (partition by i.user_id, i.item_id, coalesce(y.cancels, y.interaction_type), i.details ->> 'collection_id'
                              order by i.happened_at desc, i.event_id desc) = 1 as is_latest
      from jophiel.interactions as i
      join jophiel.interaction_types as y on y.interaction_type = i.interaction_type
     where y.is_state
       and (p_user_ids is null or i.user_id = any (p_user_ids))
  )
  update jophiel.interactions as i
     set is_active = r.is_latest and r.is_setting
    from ranked as r
   where i.user_id = r.user_id
     and i.event_id = r.event_id
     and r.is_active <> (r.is_latest and r.is_setting);

  get diagnostics v_settled = row_count;
  return v_settled;
end;
$$;

comment on function jophiel._settle_interactions(bigint[]) is
  'For rows that were inserted into interactions directly: creates their users, marks the tastes stale, and sets is_active of states to '
  'what the order of happened_at and event_id says. p_user_ids: whose; null for everybody. Returns how many rows it switched. Raises JO012 (a weight outside '
  '-100 to 100).';
