-- How good feeds were found to be, whenever somebody evaluated them.
create or replace function jophiel.api_evaluations(p_limit integer)
  returns text
  language plpgsql
  stable parallel safe
  security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._check_limit(p_limit, 100);
  return json_build_object(
    'evaluations', coalesce((
      select json_agg(jsonb_build_object(
               'evaluation_id', e.evaluation_id, 'created_at', jophiel._json_time(e.created_at),
               'split', e.split, 'model', e.model, 'options', e.options) || e.found
               order by e.created_at desc, e.evaluation_id)
        from (select n.* from jophiel.evaluations as n order by n.created_at desc, n.evaluation_id limit p_limit) as e), '[]'));
end;
$$;

comment on function jophiel.api_evaluations(integer) is
  'The newest p_limit evaluations (1 to 100) with all that they found, the newest first, as JSON text. For the HTTP API, with the owner''s rights (security definer). Raises JO001.';
