-- One step is one transaction: whoever drives the cycle (the procedure run_batch, the CLI, a cron job) commits after it, and a crash
-- loses a step's time and nothing else.
create or replace function jophiel._run_batch_step(p_stage text, p_limit integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_users bigint[];
  v_domain text;
begin
  case p_stage
    when 'schema' then
      return jophiel._revectorise_step(p_limit);
    when 'items' then
      return jophiel._vectorise_pending(p_limit);
    when 'cells' then
      if not exists (select from jophiel._domains_without_cells()) then
        return 0;
      end if;
      -- What another worker has built while we waited for the lock is not built again.
      lock table jophiel.cell_builds in share row exclusive mode;
      select d.domain into v_domain from jophiel._domains_without_cells() as d (domain) limit 1;
      if found then
        perform jophiel.build_cells(v_domain);
      end if;
      return 1;
    when 'popularity' then
      if not jophiel._popularity_is_due() then
        return 0;
      end if;
      perform jophiel._lock_popularity();
      if jophiel._popularity_is_due() then
        perform jophiel.refresh_popularity();
      end if;
      return 1;
    when 'creators' then
      return jophiel.refresh_creators();
    when 'taste' then
      v_users := array(
        select t.user_id
          from jophiel.tastes as t
         where t.stale_since is not null
         order by t.user_id
         limit p_limit
           for update skip locked);
      if v_users <> '{}' then
        perform jophiel._rebuild_tastes(v_users);
      end if;
      return cardinality(v_users);
    when 'probes' then
      if not exists (select from jophiel._untuned_domains()) then
        return 0;
      end if;
      lock table jophiel.cell_builds in share row exclusive mode;
      select d.domain into v_domain from jophiel._untuned_domains() as d (domain) limit 1;
      if found then
        perform jophiel.tune_probes(v_domain);
      end if;
      return 1;
    when 'match' then
      return jophiel._match_items(p_limit);
    when 'feeds' then
      return jophiel._recompute_stale_feeds(p_limit);
    when 'inbox' then
      return jophiel._empty_inbox(p_limit) + jophiel._forget_item_events(p_limit);
    else
      raise exception 'there is no batch stage %', coalesce(p_stage, 'null')
        using errcode = 'JO001',
              hint = 'jophiel._batch_stages() lists them.';
  end case;
end;
$$;

comment on function jophiel._run_batch_step(text, integer) is
  'Does up to p_limit items or users of a stage and returns how many it did; 0: the stage is done. Raises JO001 (unknown stage).';
