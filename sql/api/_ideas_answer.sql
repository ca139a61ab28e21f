-- What collection_ideas() says, all of it as of one moment.
create or replace function jophiel._ideas_answer(
  p_collection_id bigint,
  p_user_id       bigint,
  p_limit         integer,
  out query       public.halfvec,
  out item_ids    bigint[],
  out scores      double precision[],
  out is_new      boolean
)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_content record;
begin
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
    query := jophiel._unit_blocks(v_content.mean, jophiel._setting('content_dimensions')::integer, 1, 1);
    select a.item_ids, a.scores, a.is_new
      into item_ids, scores, is_new
      from jophiel._find_answer(
             'ideas', p_collection_id, v_content.domains, query, v_content.item_ids, null, null, p_limit) as a;
  end if;
end;
$$;

comment on function jophiel._ideas_answer(bigint, bigint, integer) is
  'The items of collection_ideas() and their scores, best first; nulls for a collection without items that have vectors. Raises JO004.';
