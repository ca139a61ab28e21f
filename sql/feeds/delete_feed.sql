-- What is not wanted any more should not stay for ever.
create or replace function jophiel.delete_feed(p_feed text)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._feed_definition(p_feed);
  if p_feed = 'main' then
    raise exception 'the feed main cannot be deleted'
      using errcode = 'JO001',
            hint = 'Set is_scheduled to false if it should not be made any more: jophiel.define_feed(''main'', ''{"is_scheduled": false}'').';
  end if;

  delete from jophiel.feed_marks as m
   where m.feed = p_feed;
  delete from jophiel.feeds as f
   where f.feed = p_feed;
  delete from jophiel.feed_definitions as d
   where d.feed = p_feed;
end;
$$;

comment on function jophiel.delete_feed(text) is
  'Deletes a feed definition and everybody''s feed of it. Raises JO005 (unknown feed), JO001 (main).';
