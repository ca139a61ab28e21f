-- The other side of _overlap(): it scans everything, which at a million items is half a second a user, so whoever compares several ways asks once.
create or replace function jophiel._exact_tops(
  p_user_ids bigint[],
  p_policy   jophiel.scoring_policies,
  p_domain   text,
  p_size     integer,
  p_now      timestamptz
)
  returns jsonb
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
begin
  return (
    select coalesce(jsonb_object_agg(e.user_id, e.item_ids), '{}')
      from jophiel._rank_items(p_user_ids, p_policy, p_domain, null, null, p_size, p_now) as e);
end;
$$;

comment on function jophiel._exact_tops(bigint[], jophiel.scoring_policies, text, integer, timestamptz) is
  'By user id the array of the top p_size items that an exact scan finds, best first.';
