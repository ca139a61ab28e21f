-- All or nothing: what is wrong with a row is said before anything is written.
create or replace function jophiel._check_interactions(p_interactions jsonb)
  returns void
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_latest constant timestamptz := jophiel._latest_time();
  v_bad record;
begin
  perform jophiel._check_rows(p_interactions, 'interactions');

  select c.ordinal, c.problem[1] as code, c.problem[2] as reason
    into v_bad
    from (
      select r.ordinal,
             case
               when jophiel._read_id(r.value -> 'user_id') is null
                 then array['JO010', 'user_id must be an integer or a text key']
               when jophiel._read_id(r.value -> 'item_id') is null
                 then array['JO010', 'item_id must be an integer or a text key']
               when jsonb_typeof(coalesce(nullif(r.value -> 'type', 'null'), '""')) <> 'string'
                 then array['JO010', 'type must be text']
               when y.interaction_type is null
                 then array['JO007', format('unknown interaction type "%s"', r.value ->> 'type')]
               when 'follow' in (y.interaction_type, y.cancels)
                 then array['JO010', format('%s is towards a creator, not an item: use jophiel.follow()', y.interaction_type)]
               when jsonb_typeof(coalesce(nullif(r.value -> 'weight', 'null'), '0')) <> 'number'
                 then array['JO010', 'weight must be a number']
               when (nullif(r.value -> 'weight', 'null'))::numeric not between -100 and 100
                 then array['JO012', format('weight %s is outside -100 to 100', r.value ->> 'weight')]
               when nullif(r.value -> 'ts', 'null') is not null and jophiel._read_time(r.value -> 'ts') is null
                 then array['JO010', 'ts must be ISO 8601 text or unix seconds']
               when jophiel._read_time(r.value -> 'ts') > v_latest
                 then array['JO010', 'ts lies in the future']
               when not pg_input_is_valid(coalesce(r.value ->> 'event_id', gen_random_uuid()::text), 'uuid')
                 then array['JO010', 'event_id must be a UUID']
               when jsonb_typeof(coalesce(nullif(r.value -> 'details', 'null'), '{}')) <> 'object'
                 then array['JO010', 'details must be an object']
             end as problem
        from jsonb_array_elements(p_interactions) with ordinality as r (value, ordinal)
        left join jophiel.interaction_types as y on y.interaction_type = coalesce(r.value ->> 'type', 'like')) as c
   where c.problem is not null
   order by c.ordinal
   limit 1;

  if found then
    raise exception 'row % of the interactions: %', v_bad.ordinal, v_bad.reason
      using errcode = v_bad.code,
            hint = 'Nothing was recorded. Mend the row and send all again; the types are rows of jophiel.interaction_types.';
  end if;
end;
$$;

comment on function jophiel._check_interactions(jsonb) is
  'Raises JO010, JO007 or JO012 with the number (from 1) of the first bad row and what is wrong with it.';
