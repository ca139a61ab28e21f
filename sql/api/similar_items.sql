-- "More like this": what a user would be shown who did nothing but like this item, therefore its signal against all offers, and its neighbours.
create or replace function jophiel.similar_items(p_item_id bigint, p_limit integer default 20)
  returns table (rank integer, item_id bigint, score double precision)
  language plpgsql
  volatile parallel unsafe
  rows 20
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_found record;
begin
  perform jophiel._check_limit(p_limit, 1000);
  -- One statement, and so one moment: this function sees what others commit while it runs.
  select a.*
    into v_found
    from jophiel._similar_answer(p_item_id, p_limit) as a;
  if v_found.is_new then
    perform jophiel._store_answer('similar', p_item_id, v_found.query, v_found.item_ids, v_found.scores);
  end if;

  return query
    select a.position::integer, a.item_id, a.score
      from unnest(v_found.item_ids, v_found.scores) with ordinality as a (item_id, score, position)
     where a.position <= p_limit
     order by a.position;
end;
$$;

comment on function jophiel.similar_items(bigint, integer) is
  'The items of the same domain most similar to one, best first, ties by item id. score: cosine of the content blocks, plus inner product of the collaborative blocks (that of the query has unit length, that of the item the length the model gave it), plus the weight '
  'of its neighbour in the table of the model in use, over its strongest (0 to 1); above 0; explain_similar() takes it apart. No rows for an item of which nothing is known or that is not vectorised yet. Cached; writes nothing in a read-only transaction. Raises JO001 '
  '(limit not between 1 and 1000), JO003 (unknown or deleted item).';

create or replace function jophiel.similar_items(p_item_key text, p_limit integer default 20)
  returns table (rank integer, item_id bigint, score double precision)
  language sql
  volatile parallel unsafe
as $$
  select s.rank, s.item_id, s.score
    from jophiel.similar_items(jophiel._find_id('item', p_item_key), p_limit) as s
$$;

comment on function jophiel.similar_items(text, integer) is 'As similar_items(bigint, integer), for an application''s text key.';
