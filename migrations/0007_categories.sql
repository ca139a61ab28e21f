-- What is popular where: for users of whom nothing is known but what they are interested in.
create table jophiel.category_popularity (
  category   text        not null,
  item_ids   bigint[]    not null,
  shares     real[]      not null,
  updated_at timestamptz not null,
  constraint category_popularity_pkey primary key (category),
  constraint category_popularity_lengths_check check (cardinality(item_ids) = cardinality(shares))
);
comment on table jophiel.category_popularity is
  'jophiel:reference The popular_items (setting) most popular items of each category (a domain, a tag, a member of metadata.category; folded) by item id, and parallel to them '
  'their popularity over the greatest of the category. Made with item_stats.';

-- Counted by the next batch.
delete from jophiel.meta as m
 where m.name = 'popularity_at';

insert into jophiel.meta (name, value)
values ('schema', '0007_categories')
    on conflict (name) do update
   set value = excluded.value;
