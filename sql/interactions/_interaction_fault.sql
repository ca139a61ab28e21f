-- What is wrong with a row of an interactions file, in the words that its author sees.
create or replace function jophiel._interaction_fault(
  p_user_id  text,
  p_item_id  text,
  p_type     text,
  p_is_known boolean,
  p_weight   text,
  p_ts       text,
  p_latest   timestamptz
)
  returns text
  language sql
  stable parallel safe
as $$
  select case
           when pg_catalog.length(pg_catalog.btrim(p_user_id)) > 500
             then 'user_id is longer than 500 characters'
           when pg_catalog.length(pg_catalog.btrim(p_item_id)) > 500
             then 'item_id is longer than 500 characters'
           when pg_catalog.btrim(p_user_id) is null or pg_catalog.btrim(p_user_id) = ''
             then 'user_id is empty'
           when pg_catalog.btrim(p_item_id) is null or pg_catalog.btrim(p_item_id) = ''
             then 'item_id is empty'
           when pg_catalog.btrim(p_type) in ('follow', 'unfollow')
             then 'a follow belongs in a file of follows (user_id, creator_id, ts)'
           when not p_is_known
             then pg_catalog.format('type %L is not an interaction type', pg_catalog.left(p_type, 40))
           when p_weight !~ '^\s*$'
            and (pg_catalog.length(p_weight) > 40 or p_weight !~ '^\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9][0-9]?)?\s*$')
             then pg_catalog.format('weight %L is not a number', pg_catalog.left(p_weight, 40))
           when p_weight !~ '^\s*$' and abs(p_weight::float8) > 100
             then pg_catalog.format('weight %L is outside -100 to 100', pg_catalog.left(p_weight, 40))
           when p_ts !~ '^\s*$' and jophiel._parse_time(pg_catalog.btrim(p_ts)) is null
             then pg_catalog.format('ts %L is neither unix seconds nor ISO 8601', pg_catalog.left(p_ts, 40))
           when p_ts !~ '^\s*$' and jophiel._parse_time(pg_catalog.btrim(p_ts)) > p_latest
             then pg_catalog.format('ts %L lies in the future', pg_catalog.left(p_ts, 40))
         end
$$;

comment on function jophiel._interaction_fault(text, text, text, boolean, text, text, timestamptz) is
  'Why a staged interaction cannot be imported; null where it can. p_is_known: whether the type is one of interaction_types; p_latest: the latest time that it can have.';
