-- All that can be wrong with what is said about one user, in one place.
create or replace function jophiel._user_fault(p_user jsonb)
  returns text
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when jsonb_typeof(coalesce(nullif(p_user -> 'interests', 'null'), '[]')) <> 'array'
         or jsonb_path_exists(p_user, '$.interests[*] ? (@.type() != "string" && @.type() != "null")')
         or p_user -> 'interests' @> '[null]'
      then 'interests must be an array of text'
    when jsonb_typeof(coalesce(nullif(p_user -> 'locale', 'null'), '""')) <> 'string'
      then 'locale must be text'
    when jsonb_typeof(coalesce(nullif(p_user -> 'profile', 'null'), '{}')) <> 'object'
      then 'profile must be an object'
    when nullif(p_user -> 'time_zone', 'null') is not null
         and (jsonb_typeof(p_user -> 'time_zone') <> 'string' or not jophiel._is_time_zone(p_user ->> 'time_zone'))
      then format('time_zone %s is not the name of one', left(p_user ->> 'time_zone', 100))
    when exists (
           select
             from (select jsonb_object_keys(p_user) as name
                    union all
                   select jsonb_object_keys(case when jsonb_typeof(p_user -> 'profile') = 'object' then p_user -> 'profile' else '{}' end)) as f
            where length(f.name) > 500)
      then 'the name of a field has more than 500 characters'
  end;
end;
$$;

comment on function jophiel._user_fault(jsonb) is
  'What is wrong with the fields of a user given as a JSON object (its id apart); null where nothing is.';
