-- What a cycle does, in the order in which one stage feeds the next.
create or replace function jophiel._batch_stages()
  returns table (stage text, pending bigint)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    values
      ('schema', case when jophiel.feature_schema_is_stale() then (select count(*) from jophiel.items) else 0::bigint end),
      ('items', (select count(*) from jophiel.item_changes as c where c.stage = 'vectorise')),
      ('cells', (select count(*) from jophiel._domains_without_cells())),
      ('popularity', jophiel._popularity_is_due()::integer::bigint),
      ('creators', cardinality(jophiel._changed_creators())::bigint),
      ('taste', (select count(*) from jophiel.tastes as t where t.stale_since is not null)),
      ('probes', (select count(*) from jophiel._untuned_domains())),
      ('match', (select count(*) from jophiel.item_changes as c where c.stage = 'match')),
      ('feeds', jophiel._count_stale_feeds()),
      ('inbox', (select (select count(*) from jophiel.inbox as b where b.received_at < u.until)
                        + (select count(*) from jophiel.item_events as e where e.received_at < u.until)
                   from (select jophiel._now() - make_interval(secs => 86400 * jophiel._setting('inbox_retention_days')) as until) as u));
end;
$$;

comment on function jophiel._batch_stages() is
  'The stages of a batch cycle in their order, and how much each would do now (a later stage may find more when the earlier ones are done).';
