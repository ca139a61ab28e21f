-- What a user did, the newest first.
create or replace function jophiel.api_interactions(p_user text, p_type text, p_before timestamptz, p_before_id uuid, p_limit integer)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_user constant bigint := jophiel._find_id('user', p_user);
  v_rows json;
  v_next text;
begin
  perform jophiel._check_limit(p_limit, 1000);
  with page as materialized (
    select x.event_id, x.item_id, x.interaction_type, x.weight, x.is_active, x.happened_at, x.details,
           row_number() over (order by x.happened_at desc, x.event_id desc) as place
      from jophiel.interactions as x
     where x.user_id = v_user
       and (p_type is null or x.interaction_type = p_type)
       and (p_before is null or (x.happened_at, x.event_id) < (p_before, p_before_id))
     order by x.happened_at desc, x.event_id desc
     limit p_limit + 1
  )
  select json_agg(json_build_object(
           'event_id', p.event_id, 'item_id', jophiel._json_key('item', p.item_id), 'type', p.interaction_type, 'weight', p.weight,
           'counts', p.is_active, 'happened_at', jophiel._json_time(p.happened_at), 'details', p.details) order by p.place)
           filter (where p.place <= p_limit),
         case when count(*) > p_limit
              then max((extract(epoch from p.happened_at) * 1000000)::bigint || '.' || p.event_id) filter (where p.place = p_limit) end
    into v_rows, v_next
    from page as p;

  return json_build_object('user_id', jophiel._json_key('user', v_user), 'interactions', coalesce(v_rows, '[]'), 'next_cursor', v_next);
end;
$$;

comment on function jophiel.api_interactions(text, text, timestamptz, uuid, integer) is
  'A user''s log as JSON text, the newest first; next_cursor is microseconds.event_id of the last row, null at the end. For the HTTP API, with the owner''s rights '
  '(security definer). Raises JO001, JO002.';
