-- New content is in the next page of those it suits. What the writer of an item can afford is done at once; the stage match of the batch does all of
-- it again, for whoever was passed over here.
create or replace function jophiel._match_now(p_item_ids bigint[])
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_most constant integer := floor(least(jophiel._setting('match_pairs'), 1e9) / greatest(1, cardinality(p_item_ids)));
  v_users bigint[];
  v_definition jophiel.feed_definitions;
begin
  if v_most = 0 then
    return;
  end if;

  v_users := array(select u.user_id from jophiel.users as u limit v_most + 1);
  if cardinality(v_users) > v_most then
    -- Too many to look at all: those who follow the creators are the likeliest.
    v_users := array(
      select distinct f.user_id
        from jophiel.item_vectors as h
        join jophiel.follows as f on f.creator_id = h.creator_id and f.is_active
       where h.item_id = any (p_item_ids)
       limit v_most);
  end if;
  if v_users = '{}' then
    return;
  end if;

  for v_definition in
    select d.*
      from jophiel.feed_definitions as d
     where d.is_scheduled
       and d.filter = '{}'
       and d.diversity = 0
       and d.creator_cap is null
     order by d.feed
  loop
    perform jophiel._mark_feeds(v_definition, p_item_ids, v_users, jophiel._now(), true);
  end loop;
end;
$$;

comment on function jophiel._match_now(bigint[]) is
  'Marks the feeds that new or changed items could change, as far as items times users stay below the setting match_pairs: those of everybody, or of up to so many who follow '
  'the creators. Feeds that filter or re-rank are left to the batch. Waits for nobody.';
