-- An incremental feed equals a rebuilt one, or it does not: one value to compare.
create or replace function jophiel.feed_checksum(p_user_id bigint, p_feed text default 'main')
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_current record;
begin
  select c.item_ids, c.scores
    into v_current
    from jophiel._current_feed(p_user_id, p_feed) as c;
  -- Four decimals: what differs by rounding only is the same feed.
  return encode(
    sha256(convert_to(
      array_to_string(v_current.item_ids, ',') || ';'
      || array_to_string(array(select round(s.score::numeric, 4) from unnest(v_current.scores) as s (score)), ','), 'UTF8')),
    'hex');
end;
$$;

comment on function jophiel.feed_checksum(bigint, text) is
  'SHA-256 in hex of a user''s feed: its items in order and their scores to four decimals. Raises JO002 (unknown user), JO005 (unknown feed).';

create or replace function jophiel.feed_checksum(p_user_key text, p_feed text default 'main')
  returns text
  language sql
  stable parallel safe
as $$
  select jophiel.feed_checksum(jophiel._find_id('user', p_user_key), p_feed)
$$;

comment on function jophiel.feed_checksum(text, text) is 'As feed_checksum(bigint, text), for an application''s text key.';
