-- "More like this": what a user would be shown who did nothing but like this item, therefore its signal against all offers.
create or replace function jophiel.similar_items(p_item_id bigint, p_limit integer default 20)
  returns table (rank integer, item_id bigint, score double precision)
  language plpgsql
  volatile parallel unsafe
  rows 20
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_item record;
begin
  perform jophiel._check_limit(p_limit, 1000);
  select i.domain, s.signal
    into v_item
    from jophiel.items as i
    left join jophiel.item_signals as s on s.item_id = i.item_id
   where i.item_id = p_item_id
     and i.deleted_at is null;

  if not found then
    raise exception 'there is no item %', coalesce(p_item_id::text, 'null')
      using errcode = 'JO003',
            hint = 'It was never given, or was deleted.';
  end if;

  if v_item.signal is not null then
    return query
      select a.rank, a.item_id, a.score
        from jophiel._answer(
               'similar', p_item_id, array[v_item.domain],
               jophiel._unit_blocks(v_item.signal::public.vector, jophiel._setting('content_dimensions')::integer, 1, 1),
               array[p_item_id], p_limit) as a;
  end if;
end;
$$;

comment on function jophiel.similar_items(bigint, integer) is
  'The items of the same domain most similar to one, best first, ties by item id. score: cosine of the content blocks plus cosine of the collaborative blocks, above 0. '
  'No rows for an item without any known feature or not vectorised yet. Cached; writes nothing in a read-only transaction. Raises JO001 '
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
