-- What an application with text keys calls before it uses the number that stands for one.
create or replace function jophiel.register_key(p_kind text, p_key text)
  returns bigint
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  if p_kind is null or p_kind not in ('user', 'item', 'collection') then
    raise exception 'there is no kind of key "%"', p_kind
      using errcode = 'JO001',
            hint = 'Kinds are user (creators are users too), item and collection.';
  end if;

  if p_key is null then
    raise exception 'the key of one % is null', p_kind
      using errcode = 'JO001',
            hint = 'Give a number or a text.';
  end if;

  perform jophiel._register_keys(p_kind, array[p_key]);
  return jophiel.key_id(p_key);
end;
$$;

comment on function jophiel.register_key(text, text) is
  'The bigint that stands for an application''s key of a kind (user, item, collection), remembered so that external_key() gives the key back. '
  'Raises JO001 for an empty key or an unknown kind, JO013 where two keys share a hash.';
