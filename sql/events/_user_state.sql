-- What state_checksum() digests, to be read where two digests differ.
create or replace function jophiel._user_state(p_user_id bigint, p_stored jophiel.tastes, p_at timestamptz)
  returns jsonb
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  set extra_float_digits = 1
as $$
begin
  return jsonb_build_object(
    'user', (select jsonb_build_array(u.profile, u.interests, u.locale, u.time_zone) from jophiel.users as u where u.user_id = p_user_id),
    'deleted_at', (select b.deleted_at from jophiel.user_tombstones as b where b.user_id = p_user_id),
    'taste', (select jsonb_build_object(
                       'as_of', t.as_of,
                       'events', t.event_count,
                       'vector', array(select round(v.value::numeric, 4) + 0 from unnest(t.taste::real[]) as v (value)),
                       -- What was moved online, by one part in a thousand: rounding adds up in another order there.
                       'is_as_logged', p_stored.stale_since is not null
                                       or (p_stored.event_count = t.event_count and p_stored.as_of = t.as_of
                                           and p_stored.taste operator(public.<->) t.taste <= 1e-3::float8 * t.mass + 1e-9::float8))
                from jophiel.tastes as t where t.user_id = p_user_id),
    'follows', (select jsonb_agg(jsonb_build_array(f.creator_id, f.is_active, f.happened_at, f.event_id) order by f.creator_id)
                  from jophiel.follows as f where f.user_id = p_user_id),
    'collections', (select jsonb_agg(jsonb_build_array(c.collection_id, c.title) order by c.collection_id)
                      from jophiel.collections as c where c.user_id = p_user_id),
    'collection_items', (select jsonb_agg(jsonb_build_array(c.collection_id, c.item_id, c.is_active, c.happened_at, c.event_id)
                                          order by c.collection_id, c.item_id)
                           from jophiel.collection_items as c where c.user_id = p_user_id),
    'interactions', (select jsonb_agg(jsonb_build_array(i.event_id, i.item_id, i.interaction_type, i.weight, i.is_active, i.happened_at, i.details)
                                      order by i.event_id)
                       from jophiel.interactions as i where i.user_id = p_user_id),
    'feeds', (select jsonb_agg(jsonb_build_array(d.feed, c.item_ids, array(select round(s.score::numeric, 4) + 0 from unnest(c.scores) as s (score)))
                               order by d.feed)
                from jophiel.feed_definitions as d
               cross join lateral jophiel._compute_feeds(array[p_user_id], d.feed, p_at) as c
               where d.is_scheduled));
end;
$$;

comment on function jophiel._user_state(bigint, jophiel.tastes, timestamptz) is
  'Everything that events decide about a user, as one JSON object. p_stored: the taste before it was made anew from the log.';
