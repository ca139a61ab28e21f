-- New content must reach feeds that it could change, and only those need to be made anew. Few items: each is scored for every user and
-- compared with the last place of the feed. Many: everybody's feed is due.
create or replace function jophiel._match_items(p_limit integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := jophiel._now();
  v_most constant integer := jophiel._setting('match_items');
  v_definition jophiel.feed_definitions;
  v_items bigint[];
  v_are_many boolean;
  v_is_done boolean := true;
  v_users bigint[];
  v_taken bigint;
begin
  v_items := array(
    select c.item_id
      from jophiel.item_changes as c
     where c.stage = 'match'
     order by c.item_id
     limit v_most + 1
       for update skip locked);
  if v_items = '{}' then
    return 0;
  end if;
  v_are_many := cardinality(v_items) > v_most or cardinality(v_items) * (select count(*) from jophiel.users) > 5000000;

  if not v_are_many then
    v_users := array(select u.user_id from jophiel.users as u);
    for v_definition in
      select d.*
        from jophiel.feed_definitions as d
       where d.is_scheduled
         and jophiel._is_plain_feed(d)
       order by d.feed
    loop
      v_is_done := jophiel._mark_feeds(v_definition, v_items, v_users, v_now, false) and v_is_done;
    end loop;
  end if;
  -- Somebody is writing an item for a user right now, and may yet fail, or writes for one who acted on an item: the next cycle looks again. What
  -- makes everybody's feed due comes after that, so that it is said once.
  if not v_is_done or not jophiel._mark_actors(case when not v_are_many then v_items end) then
    return 0;
  end if;
  for v_definition in
    select d.*
      from jophiel.feed_definitions as d
     where d.is_scheduled
       and (v_are_many or not jophiel._is_plain_feed(d))
     order by d.feed
  loop
    if v_are_many or jophiel._could_change(v_definition, v_items) then
      update jophiel.feed_definitions as d
         set content_version = d.content_version + 1
       where d.feed = v_definition.feed;
    end if;
  end loop;

  delete from jophiel.item_changes as c
   using (select n.item_id
            from jophiel.item_changes as n
           where n.stage = 'match'
             and (v_are_many or n.item_id = any (v_items))
           order by n.item_id
             for update skip locked) as n
   where c.stage = 'match'
     and c.item_id = n.item_id;
  get diagnostics v_taken = row_count;
  return v_taken;
end;
$$;

comment on function jophiel._match_items(integer) is
  'One step of the batch: takes up to match_items (setting) items that are new or changed, or all where there are more, makes the feeds that they could change stale, '
  'and the tastes of whoever acted on them while they were being written, '
  'and returns how many it took. p_limit is not used: an item costs little, and each step costs a pass over the users.';
