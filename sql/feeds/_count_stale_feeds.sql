-- How much work is left, for progress bars and batch status.
create or replace function jophiel._count_stale_feeds()
  returns bigint
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    -- Materialised: one digest a definition and not one a user.
    with inputs as materialized (
      select d.feed, jophiel._inputs_hash(d, jophiel._policy(d.policy)) as hash, jophiel._now() - d.max_age as oldest
        from jophiel.feed_definitions as d
       where d.is_scheduled
    )
    select count(*)
      from inputs as i
     cross join jophiel.users as u
      left join jophiel.feeds as f on f.user_id = u.user_id and f.feed = i.feed
      left join jophiel.tastes as t on t.user_id = u.user_id
      left join jophiel.feed_marks as m on m.user_id = u.user_id and m.feed = i.feed
     where jophiel._is_stale(f.taste_version, t.version, f.inputs_hash, i.hash, f.computed_at, i.oldest)
        or m.user_id is not null);
end;
$$;

comment on function jophiel._count_stale_feeds() is 'How many scheduled feeds are stale.';
