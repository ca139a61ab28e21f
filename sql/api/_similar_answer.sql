-- What similar_items() says, all of it as of one moment.
create or replace function jophiel._similar_answer(
  p_item_id    bigint,
  p_limit      integer,
  out query    public.halfvec,
  out item_ids bigint[],
  out scores   double precision[],
  out is_new   boolean
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_item record;
begin
  select i.domain, s.signal, n.item_ids as near_ids, n.shares as near_shares
    into v_item
    from jophiel.items as i
    left join jophiel.item_signals as s on s.item_id = i.item_id
   cross join lateral jophiel._item_neighbours(i.item_id) as n
   where i.item_id = p_item_id
     and i.deleted_at is null;

  if not found then
    raise exception 'there is no item %', coalesce(p_item_id::text, 'null')
      using errcode = 'JO003',
            hint = 'It was never given, or was deleted.';
  end if;

  if v_item.signal is not null then
    query := jophiel._unit_blocks(v_item.signal::public.vector, jophiel._setting('content_dimensions')::integer, 1, 1);
    select a.item_ids, a.scores, a.is_new
      into item_ids, scores, is_new
      from jophiel._find_answer(
             'similar', p_item_id, array[v_item.domain], query, array[p_item_id], v_item.near_ids, v_item.near_shares, p_limit) as a;
  end if;
end;
$$;

comment on function jophiel._similar_answer(bigint, integer) is 'The items of similar_items() and their scores, best first; nulls for an item that is not vectorised yet. Raises JO003.';
