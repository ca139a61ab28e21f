-- One user's feed, now.
create or replace function jophiel.api_recompute(p_user text, p_feed text)
  returns text
  language plpgsql
  volatile parallel unsafe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user  constant bigint := jophiel._find_id('user', p_user);
  v_items integer;
begin
  v_items := jophiel.recompute_feed(v_user, p_feed);
  return (
    select json_build_object('user_id', jophiel._json_key('user', v_user), 'feed', p_feed, 'items', v_items, 'generation', f.generation,
                             'generated_at', jophiel._json_time(f.computed_at))
      from jophiel.feeds as f
     where f.user_id = v_user
       and f.feed = p_feed);
end;
$$;

comment on function jophiel.api_recompute(text, text) is
  'recompute_feed() as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO002, JO005.';
