-- Whether a new item can be compared with the last place of such a feed. Inlined: no table is touched.
create or replace function jophiel._is_plain_feed(p_definition jophiel.feed_definitions)
  returns boolean
  language sql
  immutable parallel safe
as $$
  select p_definition.filter = '{}' and p_definition.diversity = 0 and p_definition.creator_cap is null and p_definition.cold_slots = 0
$$;

comment on function jophiel._is_plain_feed(jophiel.feed_definitions) is
  'Whether a feed neither filters nor re-ranks, nor keeps places.';
