-- Models grow old. Once somebody has trained, the batch trains again, when enough is new.
create or replace function jophiel._training_due()
  returns table (model_id uuid, name text, parameters jsonb)
  language plpgsql
  stable
  rows 1
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_hours constant double precision := jophiel._setting('training_hours');
  v_new   constant bigint := jophiel._setting('training_new_interactions');
  v_until timestamptz;
begin
  return query
    select m.model_id, nullif(m.name, 'choice'), m.parameters
      from jophiel.models as m
     where m.state = 'queued';
  if found then
    return;
  end if;

  -- Failed ones count: what failed an hour ago would fail again.
  select m.data_until
    into v_until
    from jophiel.models as m
   where m.state = 'active'
     and v_hours > 0
     and not exists (select from jophiel.models as o where o.created_at > jophiel._now() - make_interval(secs => 3600 * v_hours));

  -- Counted only so far.
  if v_until is not null
     and (select count(*) from (select from jophiel.interactions as i where i.received_at > v_until limit v_new) as n) >= v_new then
    return query
      select null::uuid, null::text, '{}'::jsonb;
  end if;
end;
$$;

comment on function jophiel._training_due() is
  'One row where the batch should train: with the id of the training that was asked for; or with nulls, where a model is in use, the last training began more than training_hours ago and '
  'training_new_interactions have been received since its data.';
