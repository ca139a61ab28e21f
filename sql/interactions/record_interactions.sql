-- What users did, many at once: one call, all or nothing.
create or replace function jophiel.record_interactions(p_interactions jsonb)
  returns table (event_id uuid, outcome text)
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now       timestamptz := jophiel._now();
  v_event_ids uuid[];
  v_new       integer[];
begin
  perform jophiel._check_interactions(p_interactions);

  perform jophiel._register_keys('user', array_agg(r.value ->> 'user_id'))
     from jsonb_array_elements(p_interactions) as r (value)
    where jsonb_typeof(r.value -> 'user_id') = 'string';

  perform jophiel._register_keys('item', array_agg(r.value ->> 'item_id'))
     from jsonb_array_elements(p_interactions) as r (value)
    where jsonb_typeof(r.value -> 'item_id') = 'string';

  select array_agg(coalesce((r.value ->> 'event_id')::uuid, jophiel._new_event_id(r.ordinal)) order by r.ordinal)
    into v_event_ids
    from jsonb_array_elements(p_interactions) with ordinality as r (value, ordinal);

  -- As events about items that are not there: one of us waits for who brings them (the first lock of all).
  perform jophiel._hold_items(array_agg(u.item_id))
     from (select jophiel._read_id(r.value -> 'item_id') as item_id from jsonb_array_elements(p_interactions) as r (value)) as u
    where not exists (select from jophiel.items as i where i.item_id = u.item_id offset 0)
   having count(*) > 0;

  select jophiel._record_interactions(
           array_agg(jophiel._read_id(r.value -> 'user_id') order by r.ordinal),
           array_agg(jophiel._read_id(r.value -> 'item_id') order by r.ordinal),
           array_agg(coalesce(r.value ->> 'type', 'like') order by r.ordinal),
           array_agg(coalesce(
             round((r.value ->> 'weight')::numeric, 9)::real,
             jophiel._lasted_weight(coalesce(r.value ->> 'type', 'like'), r.value -> 'details' -> 'duration_seconds')) order by r.ordinal),
           array_agg(coalesce(jophiel._read_time(nullif(r.value -> 'ts', 'null')), v_now) order by r.ordinal),
           v_event_ids,
           array_agg(nullif(r.value -> 'details', 'null') order by r.ordinal))
    into v_new
    from jsonb_array_elements(p_interactions) with ordinality as r (value, ordinal)
  having count(*) > 0;

  return query
    select e.event_id, case when e.ordinal = any (v_new) then 'applied' else 'duplicate' end
      from unnest(v_event_ids) with ordinality as e (event_id, ordinal)
     order by e.ordinal;
end;
$$;

comment on function jophiel.record_interactions(jsonb) is
  'Records [{user_id, item_id, type, weight, ts, event_id, details}] and gives for each row, in their order, its event_id and the outcome '
  'applied or duplicate (the user has an event with that id). Ids are integers or text keys; type is like, weight the type''s, ts '
  '(ISO 8601 or unix seconds) now, event_id a new one where they are absent; details.duration_seconds weighs as in an event of that type (view, play, skip). Users are created where they are missing; an '
  'unknown item counts once it has a signal. Tastes of users with a high-value event move at once, others are marked stale. Nothing is written where a '
  'row is bad: JO010 (malformed, or a follow), JO007 (unknown type), JO012 (weight outside -100 to 100).';
