-- The reverse of a search: not items for a user, but users for an item. Never waits for anybody: writers of items come here with locks on all sorts of
-- rows, and the marks of two of them would otherwise wait for each other.
create or replace function jophiel._mark_feeds(
  p_definition jophiel.feed_definitions,
  p_item_ids   bigint[],
  p_user_ids   bigint[],
  p_now        timestamptz,
  p_is_online  boolean
)
  returns boolean
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy constant jophiel.scoring_policies := jophiel._policy(p_definition.policy);
  v_decay constant double precision := -ln(2) / extract(epoch from v_policy.novelty_half_life);
  v_now constant double precision := extract(epoch from p_now);
  v_matched bigint[];
  -- Items that the model speaks for get the benefit of the doubt: to know what a history says of one, all of it is read.
  v_spoken_for constant bigint[] := case
    when v_policy.neighbours > 0
      then array(select n.item_id from jophiel.item_neighbours as n where n.model_id = jophiel._active_model() and n.item_id = any (p_item_ids))
    else '{}'
  end;
  v_held bigint[];
begin
  v_matched := array(
    select f.user_id
      from jophiel.feeds as f
     where f.feed = p_definition.feed
       and f.user_id = any (p_user_ids)
       and f.item_ids && p_item_ids
     union
    select f.user_id
      from jophiel._user_queries(p_user_ids, v_policy) as q
      join jophiel.feeds as f on f.user_id = q.user_id and f.feed = p_definition.feed
     cross join jophiel.item_vectors as h
     where h.item_id = any (p_item_ids)
       and (h.domain = p_definition.domain or p_definition.domain is null)
       and (cardinality(f.item_ids) < p_definition.size
            -- By how much the last place's novelty can have faded since, it is worth less now.
            or jophiel._score(
                 h.offer, q.query, v_now - h.created_epoch, v_policy.novelty, v_decay,
                 case when (h.creator_id = any (q.followed)) is true then v_policy.following else 0 end
                 + q.popularity * coalesce((select s.popularity from jophiel.item_stats as s where s.item_id = h.item_id), 0)
                 + q.category * coalesce(jophiel._array_value(q.favourites, q.shares, h.item_id), 0)
                 + case when h.item_id = any (v_spoken_for) then v_policy.neighbours else 0 end)
               > f.scores[cardinality(f.scores)]
                 - v_policy.novelty * (1 - exp(greatest(-700, v_decay * greatest(0, v_now - extract(epoch from f.computed_at))))) - 1e-5));

  -- A mark that is not committed makes the next one for the same feed wait. So who marks while writing items holds the user, strongly enough that
  -- everybody else who would mark passes the user over; and passes over who is being worked on (the batch will look again).
  if p_is_online then
    v_held := array(
      select u.user_id from jophiel.users as u where u.user_id = any (v_matched) order by u.user_id for update of u skip locked);
  else
    v_held := array(
      select u.user_id from jophiel.users as u where u.user_id = any (v_matched) order by u.user_id for key share of u skip locked);
  end if;
  insert into jophiel.feed_marks as m (user_id, feed, marked_at)
  select n.user_id, p_definition.feed, p_now
    from unnest(v_held) as n (user_id)
   order by n.user_id
      on conflict (user_id, feed) do nothing;
  return cardinality(v_held) = cardinality(v_matched);
end;
$$;

comment on function jophiel._mark_feeds(jophiel.feed_definitions, bigint[], bigint[], timestamptz, boolean) is
  'Marks the feeds of a definition and of the given users that hold one of the items, or that one of them could enter by its score. False where a user was locked and passed '
  'over. p_is_online: in the transaction that writes the items.';
