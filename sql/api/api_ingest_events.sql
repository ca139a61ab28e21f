-- Events over HTTP, by the contract of the broker. A user's token may tell what that user did, and nothing about the catalogue or about others.
create or replace function jophiel.api_ingest_events(p_events jsonb, p_user text)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_user is not null and exists (
       select
         from unnest(jophiel._read_events(p_events)) as r
        where r.fault is null
          and (r.user_id is distinct from jophiel.key_id(p_user)
               or r.action not in ('interact', 'collect', 'remove', 'follow', 'unfollow'))) then
    return null;
  end if;

  return (
    select json_build_object('results', coalesce(json_agg(json_build_object(
             'number', e.number, 'event_id', e.event_id, 'outcome', e.outcome, 'reason', e.reason) order by e.number), '[]'))
      from jophiel.ingest_events(p_events) as e);
end;
$$;

comment on function jophiel.api_ingest_events(jsonb, text) is
  'ingest_events() with its outcomes as JSON text; with a user, null and nothing done where an event is not something that this user did. For the HTTP API, with the owner''s '
  'rights (security definer). Raises JO010, 40001.';
