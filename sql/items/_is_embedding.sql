-- One definition of what a ready-made embedding is, for those who use one and for those who refuse a broken one.
create or replace function jophiel._is_embedding(p_value jsonb)
  returns boolean
  language plpgsql
  immutable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_typeof(p_value) = 'array'
     and jsonb_array_length(p_value) > 0
     and not exists (
           select
             from jsonb_array_elements(p_value) as e (value)
            where case when jsonb_typeof(e.value) = 'number' then abs(e.value::numeric) > 1e6 else true end);
end;
$$;

comment on function jophiel._is_embedding(jsonb) is
  'Whether a JSON value is an embedding: an array, not empty, of numbers between -1e6 and 1e6. Null for null.';
