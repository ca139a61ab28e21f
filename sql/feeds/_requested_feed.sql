-- A feed by weights that are the request's own: the batch's core makes it for this reader, and nothing is stored.
create or replace function jophiel._requested_feed(
  p_user_id      bigint,
  p_feed         text,
  p_policy       jophiel.scoring_policies,
  p_wish         public.vector,
  p_generation   bigint,
  out generation bigint,
  out made_at    timestamptz,
  out item_ids   bigint[],
  out scores     real[]
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_generic_plan
as $$
declare
  v_definition constant jophiel.feed_definitions := jophiel._feed_definition(p_feed);
begin
  perform jophiel._check_user(p_user_id);

  made_at := date_trunc('milliseconds', jophiel._now());
  if p_generation < 0 then
    -- Page two of what was computed for page one: the same again, as of then.
    made_at := jophiel._generation_time(p_generation, made_at);
  end if;
  select jophiel._computed_generation(m.item_ids, made_at), m.item_ids, m.scores
    into generation, item_ids, scores
    from jophiel._make_feeds(array[p_user_id], v_definition, p_policy, made_at, p_wish) as m;

  if p_generation <> generation then
    raise exception 'generation % of what user % asked of feed % is gone', p_generation, p_user_id, p_feed
      using errcode = 'JO020',
            hint = format('It has become another, generation %s: start again at the first page.', generation);
  end if;
end;
$$;

comment on function jophiel._requested_feed(bigint, text, jophiel.scoring_policies, public.vector, bigint) is
  'A feed as jophiel.recommend() gives it, whole, by a request''s policy and wish: its generation, as of when it was made, items and scores. Raises JO002, JO005, JO020.';
