-- upsert_items() raises where one item is bad; an event is rejected before that.
create or replace function jophiel._event_item_fault(p_metadata_field text, p_item jsonb)
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_document jsonb;
  v_fault    text;
begin
  if jsonb_typeof(p_item -> 'metadata') is distinct from 'object' then
    return format('payload.%s must be an object', p_metadata_field);
  end if;

  v_fault := jophiel._item_fault(p_item);
  if v_fault is not null then
    return format('payload.%s: %s', p_metadata_field, v_fault);
  end if;

  v_document := (p_item -> 'metadata')
    || jsonb_build_object('title', coalesce(p_item ->> 'title', ''), 'description', coalesce(p_item ->> 'description', ''),
                          'tags', coalesce(nullif(p_item -> 'tags', 'null'), '[]'));
  select format('payload.%s: the embedding "%s" is not an array of numbers', p_metadata_field, f.feature)
    into v_fault
    from jophiel.feature_schemas as s
   cross join lateral jophiel._schema_features(s.features) as f
   where s.is_active
     and f.kind = 'embedding'
     and (f.domain is null or f.domain = coalesce(p_item ->> 'domain', 'default'))
     and jsonb_typeof(v_document #> f.source) <> 'null'
     and not jophiel._is_embedding(v_document #> f.source)
   limit 1;
  return v_fault;
end;
$$;

comment on function jophiel._event_item_fault(text, jsonb) is
  'What is wrong with the item of an event (as jophiel._event_item() made it); null where nothing is.';
