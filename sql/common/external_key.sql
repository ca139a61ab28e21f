-- The way back from the number inside to the application's own key.
create or replace function jophiel.external_key(p_kind text, p_id bigint)
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_id >= 0 then
    return p_id::text;
  end if;

  return coalesce((select k.key from jophiel.keys as k where k.kind = p_kind and k.id = p_id), p_id::text);
end;
$$;

comment on function jophiel.external_key(text, bigint) is
  'The application''s key that a number stands for: the registered text, or the number itself as text. Null gives null.';
