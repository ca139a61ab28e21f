-- What else belongs on this board: near the mean of what is on it. Deleted items count as long as they are on it.
create or replace function jophiel.collection_ideas(p_collection_id bigint, p_limit integer default 20, p_user_id bigint default null)
  returns table (rank integer, item_id bigint, score double precision)
  language plpgsql
  volatile parallel unsafe
  rows 20
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_content record;
begin
  perform jophiel._check_limit(p_limit, 1000);
  if not exists (select from jophiel.collections as c where c.collection_id = p_collection_id) then
    raise exception 'there is no collection %', coalesce(p_collection_id::text, 'null')
      using errcode = 'JO004',
            hint = 'Add an item to it, or create it.';
  end if;

  select array_agg(distinct m.item_id) as item_ids, array_agg(distinct i.domain) as domains, public.avg(s.signal::public.vector) as mean
    into v_content
    from (select distinct c.item_id
            from jophiel.collection_items as c
           where c.collection_id = p_collection_id
             and (c.user_id = p_user_id or p_user_id is null)
             and c.is_active) as m
    join jophiel.items as i on i.item_id = m.item_id
    join jophiel.item_signals as s on s.item_id = m.item_id;

  if v_content.mean is not null then
    return query
      select a.rank, a.item_id, a.score
        from jophiel._answer(
               'ideas', p_collection_id, v_content.domains,
               jophiel._unit_blocks(v_content.mean, jophiel._setting('content_dimensions')::integer, 1, 1),
               v_content.item_ids, p_limit) as a;
  end if;
end;
$$;

comment on function jophiel.collection_ideas(bigint, integer, bigint) is
  'Items near the mean of a collection''s items (their signals; p_user_id: only what this user put there, where several users have a collection of that id), of the same domains, without those that are in it; best first, ties by item id. score: cosine of the '
  'content blocks plus cosine of the collaborative blocks, above 0. No rows for an empty collection. Cached; writes nothing in a '
  'read-only transaction. Raises JO001 (limit not between 1 and 1000), JO004 (unknown collection).';

create or replace function jophiel.collection_ideas(p_collection_key text, p_limit integer default 20)
  returns table (rank integer, item_id bigint, score double precision)
  language sql
  volatile parallel unsafe
as $$
  select c.rank, c.item_id, c.score
    from jophiel.collection_ideas(jophiel._find_id('collection', p_collection_key), p_limit) as c
$$;

comment on function jophiel.collection_ideas(text, integer) is 'As collection_ideas(bigint, integer), for an application''s text key.';
