-- What a page that follows a feed waits for, without making the feed: the versions that are stored beside it, for everybody who is connected in one
-- statement. get_feed() decides by the same versions what it shows (docs/decisions/0004-read-your-writes.md).
create or replace function jophiel.api_feed_versions(p_users text[])
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_deleted_at constant timestamptz := (
    select i.deleted_at from jophiel.items as i where i.deleted_at is not null order by i.deleted_at desc limit 1);
begin
  return (
    select coalesce(json_object_agg(v.user_key, json_build_object(
             'generation', case when v.is_shown then v.generation end,
             'version', case when v.is_shown then concat('stored.', v.generation, '.', v.deleted_at)
                             else concat('computed.', v.taste_version, '.', v.generation, '.', v.marked_at, '.', v.deleted_at) end)), '{}')
      from (select q.user_key, f.generation, t.version as taste_version, extract(epoch from m.marked_at) as marked_at,
                   f.taste_version >= coalesce(t.reaction_version, 0) and m.user_id is null as is_shown,
                   -- What was deleted is left out when the feed is read, with an hour of grace for long transactions. Whether it was in this feed is dearer to
                   -- find out than an event too many.
                   case when v_deleted_at >= f.computed_at - interval '1 hour' then extract(epoch from v_deleted_at) end as deleted_at
              from (select distinct k.user_key from unnest(p_users) as k (user_key)) as q
             -- Laterals that stay what they are: joins could be hashes of whole tables.
             cross join lateral (select s.user_id from jophiel.users as s where s.user_id = jophiel.key_id(q.user_key) offset 0) as u
              left join lateral (
                      select s.generation, s.taste_version, s.computed_at
                        from jophiel.feeds as s
                       where s.user_id = u.user_id and s.feed = 'main'
                      offset 0) as f on true
              left join lateral (
                      select s.version, s.reaction_version from jophiel.tastes as s where s.user_id = u.user_id offset 0) as t on true
              left join lateral (
                      select s.user_id, s.marked_at
                        from jophiel.feed_marks as s
                       where s.user_id = u.user_id and s.feed = 'main'
                      offset 0) as m on true) as v);
end;
$$;

comment on function jophiel.api_feed_versions(text[]) is
  'For each user that there is {"generation", "version"} by its key, as JSON text: the version is another whenever what get_feed() shows of the main feed has changed through the user, the batch, a mark or a deletion '
  '(ageing alone changes none); the generation is null where the feed is computed for its reader. For the HTTP API, with the owner''s rights (security definer).';
