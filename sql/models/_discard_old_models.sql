-- Old models are for going back, and one seldom goes back far.
create or replace function jophiel._discard_old_models()
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_kept constant integer := greatest(1, jophiel._setting('models_kept'));
  v_ids  bigint;
begin
  with old as (
    select m.model_id
      from jophiel.models as m
     where m.state = 'retired'
     order by m.activated_at desc, m.model_id
    offset v_kept - 1
  ), ready as (
    -- Never in use, and older than what is: nobody wanted them.
    select m.model_id
      from jophiel.models as m
     where m.state = 'ready'
     order by m.created_at desc, m.model_id
    offset v_kept
  ), discarded as (
    update jophiel.models as m
       set state = 'discarded'
     where m.model_id in (select o.model_id from old as o union all select r.model_id from ready as r)
    returning m.model_id
  )
  select count(jophiel._discard_model(d.model_id))
    into v_ids
    from discarded as d;
  return v_ids;
end;
$$;

comment on function jophiel._discard_old_models() is
  'Removes the vectors and neighbours of models beyond those that the setting models_kept keeps, and returns of how many.';
