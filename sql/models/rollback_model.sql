-- The way back that costs no training.
create or replace function jophiel.rollback_model()
  returns uuid
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_active   uuid;
  v_previous uuid;
begin
  lock table jophiel.cell_builds in share row exclusive mode;
  lock table jophiel.feature_schemas in share row exclusive mode;
  v_active := jophiel._active_model();
  if v_active is null then
    raise exception 'no model is active'
      using errcode = 'JO030',
            hint = 'jophiel train makes one.';
  end if;

  select m.model_id
    into v_previous
    from jophiel.models as m
   where m.state = 'retired'
   order by m.activated_at desc, m.model_id
   limit 1;

  if found then
    perform jophiel.activate_model(v_previous, true);
  else
    perform jophiel._replace_blocks(null, null);
    perform jophiel._tune_policies('{}');
    perform jophiel._tune_settings('{}');
  end if;
  -- Not retired: the next rollback goes further back.
  update jophiel.models as m
     set state = 'ready'
   where m.model_id = v_active
     and m.state <> 'discarded';
  return v_previous;
end;
$$;

comment on function jophiel.rollback_model() is
  'Puts the model into use that was before the active one, and returns its id; where there was none, none is in use (null): content alone, and the weights that policies have without a model. '
  'Raises JO030 where no model is active.';
