-- For a monitor that counts chunks into a histogram of its own: no chunk may be counted twice, so it names the last that it has.
create or replace function jophiel.api_chunks(p_after timestamptz)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object(
             'until', coalesce(max(t.finished_at), p_after, jophiel._now()),
             'chunks', coalesce(json_agg(json_build_array(t.stage, t.chunk_seconds)) filter (where p_after is not null), '[]'))
      from jophiel.timings as t
     where t.finished_at > coalesce(p_after, '-infinity'));
end;
$$;

comment on function jophiel.api_chunks(timestamptz) is
  'Stage and seconds of the chunks of the batch that ended after a time, and the time of the last, as JSON text; null: the time only. For the HTTP API, with the owner''s '
  'rights (security definer).';
