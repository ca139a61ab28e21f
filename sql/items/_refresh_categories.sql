-- The favourites of each category, from the favourites of all. Labels are folded once each, not once an item.
create or replace function jophiel._refresh_categories(p_now timestamptz)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_most constant integer := jophiel._setting('popular_items');
begin
  with label as materialized (
    select s.item_id, s.popularity, l.label
      from jophiel.item_stats as s
      join jophiel.items as i on i.item_id = s.item_id
     cross join lateral (
             select i.domain as label
              union
             select t.tag
               from unnest(i.tags) as t (tag)
              union
             select c.category #>> '{}'
               from jsonb_path_query(i.metadata, '$.category[*] ? (@.type() == "string")') as c (category)) as l
     where s.popularity > 0
  ), folded as materialized (
    select d.label, left(jophiel._fold(d.label), 100) as category
      from (select distinct l.label from label as l) as d
  ), placed as (
    select m.category, m.item_id, m.popularity, row_number() over (partition by m.category order by m.popularity desc, m.item_id) as place,
           max(m.popularity) over (partition by m.category) as greatest
      from (select distinct f.category, l.item_id, l.popularity
              from label as l
              join folded as f on f.label = l.label
             where f.category <> '') as m
  )
  insert into jophiel.category_popularity as c (category, item_ids, shares, updated_at)
  select p.category, array_agg(p.item_id order by p.item_id), array_agg(p.popularity / p.greatest order by p.item_id), p_now
    from placed as p
   where p.place <= v_most
   group by p.category
   order by p.category
      on conflict (category) do update
     set item_ids = excluded.item_ids,
         shares = excluded.shares,
         updated_at = excluded.updated_at;

  delete from jophiel.category_popularity as c
   where c.updated_at < p_now;
end;
$$;

comment on function jophiel._refresh_categories(timestamptz) is
  'Makes category_popularity anew from item_stats: for refresh_popularity(), which holds off its like.';
