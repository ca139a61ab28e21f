-- Definitions are read in one place, so that an unknown feed is the same error everywhere.
create or replace function jophiel._feed_definition(p_feed text)
  returns jophiel.feed_definitions
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_definition jophiel.feed_definitions;
begin
  select d.*
    into v_definition
    from jophiel.feed_definitions as d
   where d.feed = p_feed;

  if not found then
    raise exception 'there is no feed %', coalesce(p_feed, 'null')
      using errcode = 'JO005',
            hint = 'jophiel.feed_definitions lists them; jophiel.define_feed() makes one.';
  end if;

  return v_definition;
end;
$$;

comment on function jophiel._feed_definition(text) is
  'The row of a feed definition. Raises JO005 where there is none of that name.';
