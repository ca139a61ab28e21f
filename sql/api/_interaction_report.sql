-- The engine refuses a call at its first bad row. Who sent a thousand wants to know all of them at once.
create or replace function jophiel._interaction_report(p_interactions jsonb)
  returns table (row_number bigint, code text, reason text)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_row record;
begin
  for v_row in
    select r.value, r.ordinality as ordinal
      from jsonb_array_elements(p_interactions) with ordinality as r
  loop
    begin
      perform jophiel._check_interactions(jsonb_build_array(v_row.value));
    exception
      when sqlstate 'JO007' or sqlstate 'JO010' or sqlstate 'JO012' then
        row_number := v_row.ordinal;
        code := sqlstate;
        reason := regexp_replace(sqlerrm, '^row 1 of the interactions: ', '');
        return next;
    end;
  end loop;
end;
$$;

comment on function jophiel._interaction_report(jsonb) is
  'Every bad row of an array of interactions, with what is wrong with it. See record_interactions().';
