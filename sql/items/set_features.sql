-- The feature schema is configuration: one call replaces it, and the next batch makes the vectors anew.
create or replace function jophiel.set_features(p_features jsonb)
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_room  integer := jophiel._setting('content_dimensions') - jophiel._setting('hash_dimensions');
  v_fault text;
begin
  select case
           when jsonb_typeof(p_features) is distinct from 'array' then 'is not an array of objects'
           when jsonb_array_length(p_features) = 0 then 'is empty'
         end
    into v_fault;

  if v_fault is null then
    select format('feature %s ("%s") %s', c.ordinal, c.name, c.fault)
      into v_fault
      from (select r.ordinal, r.value ->> 'feature' as name,
                   case when jsonb_typeof(r.value) <> 'object' then 'is not an object'
                        when row_number() over (partition by r.value ->> 'feature' order by r.ordinal) > 1 then 'is there twice'
                        else jophiel._feature_fault(r.value) end as fault
              from jsonb_array_elements(p_features) with ordinality as r (value, ordinal)) as c
     where c.fault is not null
     order by c.ordinal
     limit 1;
  end if;

  if v_fault is null and p_features @> '[{"kind": "embedding"}]' then
    v_room := v_room - least(v_room, jophiel._setting('embedding_dimensions'));
  end if;

  if v_fault is null and 2 * (select count(*) from jsonb_array_elements(p_features) as r (value) where r.value ->> 'kind' = 'number') > v_room then
    v_fault := format('has more numbers than its %s coordinates have room for, two each', v_room);
  end if;

  if v_fault is not null then
    raise exception 'the feature schema: %', v_fault
      using errcode = 'JO014',
            hint = 'Nothing was changed. docs/features.md says what a feature is.';
  end if;

  delete from jophiel.features;
  insert into jophiel.features (feature, kind, source, domain, weight, min_value, max_value)
  select r.feature, r.kind, coalesce(r.source, r.feature), r.domain, coalesce(r.weight, 1), r.min_value, r.max_value
    from jsonb_to_recordset(p_features) as r (
           feature text, kind text, source text, domain text, weight double precision,
           min_value double precision, max_value double precision);

  return jsonb_array_length(p_features);
end;
$$;

comment on function jophiel.set_features(jsonb) is
  'Replaces the feature schema by [{feature, kind, source, domain, weight, min_value, max_value}] and returns how many features it has. source (a '
  'dotted path in the document) defaults to the name, weight (above 0 to 100) to 1, domain to all; a number needs its range. Vectors change with the '
  'next batch or jophiel.revectorise(). Raises JO014 where the schema is broken; then nothing changes.';
