-- Deterministic, so that no sequence is needed and every node gives the same number. Inlined wherever it is called. The length
-- stands apart from the pattern: {0,17} in it takes five times as long.
create or replace function jophiel.key_id(p_key text)
  returns bigint
  language sql
  immutable parallel safe
  return case
    when p_key is null then null
    when length(p_key) <= 18 and p_key ~ '^(0|[1-9][0-9]*)$' then p_key::bigint
    else jophiel._key_hash(p_key)
  end;

comment on function jophiel.key_id(text) is
  'The bigint that stands for an application''s key: integers of up to 18 digits are their own id, any other text becomes a '
  'negative 63-bit hash (SHA-256). Pure: registers nothing.';
