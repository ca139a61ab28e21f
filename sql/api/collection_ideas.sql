-- What else belongs on this board: near the mean of what is on it. Deleted items count as long as they are on it.
create or replace function jophiel.collection_ideas(p_collection_id bigint, p_limit integer default 20, p_user_id bigint default null)
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
    from jophiel._ideas_answer(p_collection_id, p_user_id, p_limit) as a;
  if v_found.is_new then
    perform jophiel._store_answer('ideas', p_collection_id, v_found.query, v_found.item_ids, v_found.scores);
  end if;

  return query
    select a.position::integer, a.item_id, a.score
      from unnest(v_found.item_ids, v_found.scores) with ordinality as a (item_id, score, position)
     where a.position <= p_limit
     order by a.position;
end;
$$;

comment on function jophiel.collection_ideas(bigint, integer, bigint) is
  'Items near the mean of a collection''s items (their signals; p_user_id: only what this user put there, where several users have a collection of that id), of the same domains, without those that are in it; best first, ties by item id. score: cosine of the '
  'content blocks plus inner product of the collaborative blocks (that of the mean has unit length), above 0. No rows for an empty collection. Cached; writes nothing in a '
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
