-- Sync is about four lists that are one after all: ids, and pairs of ids.
create or replace function jophiel._sync_pairs(p_kind text)
  returns table (first_id bigint, second_id bigint)
  language plpgsql
  stable parallel safe
  rows 100000
  set search_path = pg_catalog, pg_temp
as $$
begin
  case p_kind
    when 'items' then
      return query select i.item_id, null::bigint from jophiel.items as i where i.deleted_at is null;
    when 'users' then
      return query select u.user_id, null::bigint from jophiel.users as u;
    when 'likes' then
      return query
        select distinct x.user_id, x.item_id
          from jophiel.interactions as x
         where x.interaction_type = 'like'
           and x.is_active;
    when 'follows' then
      return query select f.user_id, f.creator_id from jophiel.follows as f where f.is_active;
  end case;
end;
$$;

comment on function jophiel._sync_pairs(text) is
  'Ids of live items or of users (second null), or pairs user and liked item or user and followed creator, in no order.';
