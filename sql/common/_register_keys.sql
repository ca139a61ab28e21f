-- The hash of a text key leads nowhere: this keeps the way back, and notices when two keys meet in one number.
create or replace function jophiel._register_keys(p_kind text, p_keys text[])
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_new record;
begin
  if exists (select from unnest(p_keys) as n (key) where n.key !~ '\S') then
    raise exception 'the key of one % is empty', p_kind
      using errcode = 'JO001',
            hint = 'Give a number or a text.';
  end if;

  insert into jophiel.keys (kind, id, key)
  select distinct p_kind, jophiel.key_id(n.key), n.key
    from unnest(p_keys) as n (key)
   where jophiel.key_id(n.key) < 0
     and not exists (select from jophiel.keys as k where k.kind = p_kind and k.id = jophiel.key_id(n.key) and k.key = n.key)
   order by 2, 3
      on conflict (kind, id) do nothing;

  select n.key, k.key as other
    into v_new
    from unnest(p_keys) as n (key)
    join jophiel.keys as k on k.kind = p_kind and k.id = jophiel.key_id(n.key)
   where k.key <> n.key
   order by n.key
   limit 1;

  if found then
    raise exception '% key "%" has the same number as "%"', p_kind, v_new.key, v_new.other
      using errcode = 'JO013',
            hint = 'Two keys in 2^63 met: rename one of them.';
  end if;
end;
$$;

comment on function jophiel._register_keys(text, text[]) is
  'Registers the text keys of users (creators too), items or collections, in the order of their ids; keys that are integers '
  'need it not. Raises JO001 for an empty key, JO013 where another key has the same number.';
