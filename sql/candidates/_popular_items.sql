-- What a user of whom nothing is known can be offered. Read once a chunk of users. Written to be inlined (plain SQL, no SET).
create or replace function jophiel._popular_items(p_domain text, p_eligible bigint[], p_limit integer)
  returns table (item_id bigint, creator_id bigint, cell integer, created_epoch double precision, offer public.halfvec)
  language sql
  stable parallel safe
as $$
  select h.item_id, h.creator_id, h.cell, h.created_epoch, h.offer
    from jophiel.item_stats as s
    join jophiel.item_vectors as h on h.item_id = s.item_id
   where s.popularity > 0
     and (h.domain = p_domain or p_domain is null)
     and (p_eligible is null or h.item_id in (select pg_catalog.unnest(p_eligible)))
   order by s.popularity desc, s.item_id
   limit p_limit
$$;

comment on function jophiel._popular_items(text, bigint[], integer) is 'The most popular items of a domain (null: of all), of the eligible ones only (null: of any).';
