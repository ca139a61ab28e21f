-- Which items a taste is made of. Words are read from documents, so the list is cut where the rest could not matter.
-- Written to be inlined (plain SQL, no SET).
create or replace function jophiel._weighted_items(p_user_id bigint, p_limit integer)
  returns table (item_id bigint, weight double precision)
  language sql
  stable parallel safe
  rows 1000
as $$
  select a.item_id, a.weight
    from jophiel._acted_items(p_user_id) as a
   where a.weight <> 0
   order by abs(a.weight) desc, a.item_id
   limit p_limit
$$;

comment on function jophiel._weighted_items(bigint, integer) is
  'The items that weigh most (either way) in a user''s taste, with the sum of the decayed weights of the active interactions.';
