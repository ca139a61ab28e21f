-- A feed by its name: what the batch makes.
create or replace function jophiel._compute_feeds(p_user_ids bigint[], p_feed text, p_now timestamptz)
  returns table (user_id bigint, taste_version bigint, item_ids bigint[], scores real[])
  language plpgsql
  stable parallel safe
  rows 500
  set search_path = pg_catalog, pg_temp
  -- Readers that look by key come here; to make a feed may be to read everything.
  set enable_seqscan = on
as $$
declare
  v_definition constant jophiel.feed_definitions := jophiel._feed_definition(p_feed);
  v_policy     constant jophiel.scoring_policies := jophiel._policy(v_definition.policy);
begin
  return query
    select m.user_id, m.taste_version, m.item_ids, m.scores
      from jophiel._make_feeds(p_user_ids, v_definition, v_policy, p_now) as m;
end;
$$;

comment on function jophiel._compute_feeds(bigint[], text, timestamptz) is
  'The feeds of the known ones of the given users as they would be made at a time, best first, without writing them. Raises JO005, JO006.';
