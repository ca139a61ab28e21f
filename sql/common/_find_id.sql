-- Who asks by a text key is answered in it: the number inside would say nothing to the application.
create or replace function jophiel._find_id(p_kind text, p_key text)
  returns bigint
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_id constant bigint := jophiel.key_id(p_key);
begin
  case p_kind
    when 'user' then
      if v_id is not null and not exists (select from jophiel.users as u where u.user_id = v_id) then
        raise exception 'there is no user "%"', p_key
          using errcode = 'JO002',
                hint = 'Record an interaction, or call jophiel.upsert_users().';
      end if;
    when 'item' then
      if v_id is not null and not exists (select from jophiel.items as i where i.item_id = v_id and i.deleted_at is null) then
        raise exception 'there is no item "%"', p_key
          using errcode = 'JO003',
                hint = 'It was never given, or was deleted.';
      end if;
    when 'collection' then
      if v_id is not null and not exists (select from jophiel.collections as c where c.collection_id = v_id) then
        raise exception 'there is no collection "%"', p_key
          using errcode = 'JO004',
                hint = 'Add an item to it, or create it.';
      end if;
  end case;
  return v_id;
end;
$$;

comment on function jophiel._find_id(text, text) is
  'The id of a user, an item (not deleted) or a collection that there is, by the application''s key; null for null. Raises JO002, JO003 or JO004, '
  'naming the key as it was given.';
