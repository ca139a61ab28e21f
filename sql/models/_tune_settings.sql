-- What popularity is belongs to the weight that it has; both are chosen together.
create or replace function jophiel._tune_settings(p_weights jsonb)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_names   constant text[] := array['popularity_exponent', 'popularity_half_life_days'];
  v_weights constant jsonb := case when (select p.is_tuned from jophiel.scoring_policies as p where p.policy = 'default') then p_weights else '{}' end;
  v_untuned jsonb;
begin
  -- As they were before any training.
  select m.value::jsonb
    into v_untuned
    from jophiel.meta as m
   where m.name = 'untuned_settings';

  if not v_weights ?| v_names and v_untuned is null then
    return;
  end if;

  v_untuned := coalesce(v_untuned, (select jsonb_object_agg(s.name, s.value) from jophiel.settings as s where s.name = any (v_names)));
  update jophiel.settings as s
     set value = coalesce(v_weights -> s.name, v_untuned -> s.name)
   where s.name = any (v_names);

  if v_weights ?| v_names then
    insert into jophiel.meta as m (name, value)
    values ('untuned_settings', v_untuned::text)
        on conflict (name) do nothing;
  else
    delete from jophiel.meta as m
     where m.name = 'untuned_settings';
  end if;

  -- Counted anew by the next batch.
  delete from jophiel.meta as m
   where m.name = 'popularity_at';
end;
$$;

comment on function jophiel._tune_settings(jsonb) is
  'Writes popularity_exponent and popularity_half_life_days of a model''s weights into the settings, if training may choose for the policy default; those that it does not name become '
  'again what they were before any training.';
