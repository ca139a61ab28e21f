-- Whom approximations are measured on: the same users each time, and no others than those who have a taste.
create or replace function jophiel._sample_users(p_users integer)
  returns bigint[]
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select t.user_id
      from jophiel.tastes as t
     where t.event_count > 0
       and t.stale_since is null
     order by hashint8(t.user_id), t.user_id
     limit p_users);
end;
$$;

comment on function jophiel._sample_users(integer) is 'Up to p_users users with a taste, drawn by a hash of their ids.';
