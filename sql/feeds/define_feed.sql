-- A daily playlist, a weekly film list and the main feed are rows of one table. A function, so that a filter is checked when it is
-- written and not when a batch stumbles over it.
create or replace function jophiel.define_feed(p_feed text, p_options jsonb default '{}')
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_feed jophiel.feed_definitions;
begin
  if coalesce(btrim(p_feed), '') = '' then
    raise exception 'a feed needs a name'
      using errcode = 'JO001',
            hint = 'jophiel.define_feed(''daily'', ''{"size": 30}'')';
  end if;
  perform jophiel._check_options(
    'feed ' || p_feed, p_options,
    array['policy', 'domain', 'filter', 'size', 'diversity', 'creator_cap', 'exploration', 'cold_slots', 'max_age', 'is_scheduled']);

  insert into jophiel.feed_definitions as d (feed)
  values (p_feed)
      on conflict (feed) do nothing;
  select d.*
    into v_feed
    from jophiel.feed_definitions as d
   where d.feed = p_feed
     for update;

  v_feed := jsonb_populate_record(v_feed, p_options);
  perform jophiel._policy(v_feed.policy);
  perform jophiel.check_filter(v_feed.filter);
  update jophiel.feed_definitions as d
     set policy = v_feed.policy,
         domain = v_feed.domain,
         filter = v_feed.filter,
         size = v_feed.size,
         diversity = v_feed.diversity,
         creator_cap = v_feed.creator_cap,
         exploration = v_feed.exploration,
         cold_slots = v_feed.cold_slots,
         max_age = v_feed.max_age,
         is_scheduled = v_feed.is_scheduled
   where d.feed = p_feed;
exception
  when data_exception or integrity_constraint_violation then
    raise exception 'feed %: %', p_feed, sqlerrm
      using errcode = 'JO010',
            hint = 'size 1 to 1000, diversity 0 to 1, creator_cap 1 or more or null, exploration and cold_slots 0 to 100, max_age an interval.';
end;
$$;

comment on function jophiel.define_feed(text, jsonb) is
  'Creates a feed definition or changes the given options of one: policy, domain, filter, size (1 to 1000), diversity (0 to 1), creator_cap, exploration (0 to 100), cold_slots (0 to 100, half of the feed at most), max_age, '
  'is_scheduled. The next batch makes its feeds. Raises JO001 (no name), JO006 (unknown policy), JO010 (unknown option, value out of range), JO021 (filter).';
