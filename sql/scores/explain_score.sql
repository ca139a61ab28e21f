-- Honest scores: every point of a score has a row that says where it comes from.
create or replace function jophiel.explain_score(p_user_id bigint, p_item_id bigint, p_feed text default 'main')
  returns table (component text, weight double precision, value double precision, contribution double precision)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_definition constant jophiel.feed_definitions := jophiel._feed_definition(p_feed);
  v_at timestamptz;
begin
  if not exists (select from jophiel.item_vectors as h where h.item_id = p_item_id) then
    raise exception 'there is no item %', coalesce(p_item_id::text, 'null')
      using errcode = 'JO003',
            hint = 'It was never given, was deleted, or is not vectorised yet (jophiel batch run).';
  end if;

  -- Novelty fades by the second: what stands in the feed that is shown is explained as of the time it was computed.
  select f.computed_at
    into v_at
    from jophiel.feeds as f
   where f.user_id = p_user_id
     and f.feed = p_feed
     and f.taste_version >= coalesce((select t.reaction_version from jophiel.tastes as t where t.user_id = p_user_id), 0)
     and not exists (select from jophiel.feed_marks as m where m.user_id = p_user_id and m.feed = p_feed)
     and p_item_id = any (f.item_ids);

  return query
    select e.component, e.weight, e.value, e.contribution
      from jophiel._explain_scores(p_user_id, array[p_item_id], jophiel._policy(v_definition.policy), coalesce(v_at, jophiel._now())) as e;
end;
$$;

comment on function jophiel.explain_score(bigint, bigint, text) is
  'Why an item has its score for a user: component, weight, value, contribution = weight * value; the contributions add up to the score in the feed (as of its '
  'computation; for other items as of now). Vectors are kept in half precision, so a cosine may lie above 1 by a thousandth: it is shown as it counts. Raises JO002 (unknown user), JO003 (unknown item), JO005 (unknown feed).';

create or replace function jophiel.explain_score(p_user_key text, p_item_key text, p_feed text default 'main')
  returns table (component text, weight double precision, value double precision, contribution double precision)
  language sql
  stable parallel safe
as $$
  select e.component, e.weight, e.value, e.contribution
    from jophiel.explain_score(jophiel._find_id('user', p_user_key), jophiel._find_id('item', p_item_key), p_feed) as e
$$;

comment on function jophiel.explain_score(text, text, text) is 'As explain_score(bigint, bigint, text), for an application''s text keys.';
