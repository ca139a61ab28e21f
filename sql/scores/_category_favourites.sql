-- "Into jazz": what people like of that, while nothing is known of what this user likes of it.
create or replace function jophiel._category_favourites(p_interests text[], out item_ids bigint[], out shares real[])
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  select array_agg(b.item_id order by b.item_id), array_agg(b.share order by b.item_id)
    into item_ids, shares
    from (select u.item_id, max(u.share) as share
            from (select distinct left(jophiel._fold(n.interest), 100) as category
                    from unnest(p_interests) as n (interest)) as s
            join jophiel.category_popularity as c on c.category = s.category
           cross join lateral unnest(c.item_ids, c.shares) as u (item_id, share)
           group by u.item_id
           order by max(u.share) desc, u.item_id
           limit jophiel._setting('popular_items')::bigint) as b;
end;
$$;

comment on function jophiel._category_favourites(text[]) is
  'The popular_items (setting) most popular items of the categories that are, folded, among some interests, by item id, and their shares (popularity over the greatest of the category, above 0 to 1). '
  'Nulls where there are none.';
