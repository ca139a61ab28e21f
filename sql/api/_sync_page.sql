-- One index scan a page; null cursors begin before the first.
create or replace function jophiel._sync_page(p_kind text, p_first bigint, p_second bigint, p_limit integer)
  returns table (first_id bigint, second_id bigint)
  language plpgsql
  stable parallel safe
  rows 10000
  set search_path = pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  -- No key has the smallest number: integers are at least 0, and the hash of a text is not it but once in 2^63.
  v_first  constant bigint := coalesce(p_first, -9223372036854775808);
  v_second constant bigint := coalesce(p_second, -9223372036854775808);
begin
  case p_kind
    when 'items' then
      return query
        select i.item_id, null::bigint
          from jophiel.items as i
         where i.item_id > v_first
           and i.deleted_at is null
         order by i.item_id
         limit p_limit;
    when 'users' then
      return query
        select u.user_id, null::bigint
          from jophiel.users as u
         where u.user_id > v_first
         order by u.user_id
         limit p_limit;
    when 'likes' then
      return query
        select distinct x.user_id, x.item_id
          from jophiel.interactions as x
         where (x.user_id, x.item_id) > (v_first, v_second)
           and x.interaction_type = 'like'
           and x.is_active
         order by x.user_id, x.item_id
         limit p_limit;
    when 'follows' then
      return query
        select f.user_id, f.creator_id
          from jophiel.follows as f
         where (f.user_id, f.creator_id) > (v_first, v_second)
           and f.is_active
         order by f.user_id, f.creator_id
         limit p_limit;
  end case;
end;
$$;

comment on function jophiel._sync_page(text, bigint, bigint, integer) is
  'The next p_limit ids (pairs for likes and follows) after the given ones, in their order.';
