-- All or nothing, with a report: either every row was recorded, or none and the report says which are bad.
create or replace function jophiel.api_record_interactions(p_interactions jsonb, p_user text)
  returns text
  language plpgsql
  volatile
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_errors json;
begin
  if p_user is not null and exists (
       select
         from jsonb_array_elements(p_interactions) as r (value)
        where jophiel._read_id(r.value -> 'user_id') is distinct from jophiel.key_id(p_user)) then
    return null;
  end if;

  return (
    select json_build_object('recorded', true, 'results', coalesce(json_agg(json_build_object(
             'row', w.place, 'event_id', w.event_id, 'outcome', w.outcome) order by w.place), '[]'))
      from jophiel.record_interactions(p_interactions) with ordinality as w (event_id, outcome, place));
exception
  when sqlstate 'JO007' or sqlstate 'JO010' or sqlstate 'JO012' then
    select json_agg(json_build_object('row', r.row_number, 'code', r.code, 'reason', r.reason) order by r.row_number)
      into v_errors
      from jophiel._interaction_report(p_interactions) as r;
    if v_errors is null then
      raise;
    end if;
    return json_build_object('recorded', false, 'errors', v_errors);
end;
$$;

comment on function jophiel.api_record_interactions(jsonb, text) is
  'record_interactions() as JSON text: {recorded: true, results: [{row, event_id, outcome}]} or {recorded: false, errors: [{row, code, reason}]}, and then nothing was '
  'written; null, and nothing done, where a user is given and a row is another''s. For the HTTP API, with the owner''s rights (security definer).';
