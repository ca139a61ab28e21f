-- A trained model goes into use, or comes back: one transaction, like a new version of the feature schema and under the same locks.
create or replace function jophiel.activate_model(p_model_id uuid, p_force boolean default false)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_model jophiel.models;
  v_items bigint;
begin
  -- In the order of build_cells(): it locks these, too, before the version.
  lock table jophiel.cell_builds in share row exclusive mode;
  lock table jophiel.feature_schemas in share row exclusive mode;
  select m.*
    into v_model
    from jophiel.models as m
   where m.model_id = p_model_id
     for update;

  if not found or v_model.state not in ('ready', 'active', 'retired') then
    raise exception 'model % cannot be made active: it is %', coalesce(p_model_id::text, 'null'), coalesce(v_model.state, 'unknown')
      using errcode = 'JO030',
            hint = 'Models that are ready or retired can: jophiel models list.';
  end if;

  if v_model.state = 'active' then
    return null;
  end if;

  if not p_force and v_model.state = 'ready' and v_model.metrics ? 'worse' then
    raise exception 'model % is not put into use: %', p_model_id, v_model.metrics #>> '{worse,why}'
      using errcode = 'JO034',
            hint = 'jophiel models activate ID --force, or p_force => true, uses it all the same.';
  end if;

  update jophiel.models as m
     set state = 'retired'
   where m.state = 'active';
  update jophiel.models as m
     set state = 'active',
         activated_at = jophiel._now()
   where m.model_id = p_model_id;
  v_items := jophiel._replace_blocks(p_model_id, v_model.dimensions);
  perform jophiel._tune_policies(v_model.weights);
  perform jophiel._tune_settings(v_model.weights);
  perform jophiel._discard_old_models();
  return v_items;
end;
$$;

comment on function jophiel.activate_model(uuid, boolean) is
  'Puts a model into use: its vectors become the collaborative blocks (whose length becomes that of its vectors), its neighbours are scored, its weights go into the policies that nobody has set '
  'by hand, and all tastes and feeds become stale. Feeds are served as they are until the batch has made them anew. Returns how many items are offered, null where it was active already. '
  'Writers of items wait for it, readers do not. Raises JO030 (no such model, or not ready), JO034 (training found that it makes feeds worse than what is in use; not with p_force).';
