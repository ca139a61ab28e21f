-- A feed definition from the HTTP API.
create or replace function jophiel.api_define_feed(p_feed text, p_options jsonb)
  returns void
  language plpgsql
  volatile parallel unsafe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel.define_feed(p_feed, p_options);
end;
$$;

comment on function jophiel.api_define_feed(text, jsonb) is
  'define_feed(). For the HTTP API, with the owner''s rights (security definer). Raises JO001, JO006, JO010, JO021.';
