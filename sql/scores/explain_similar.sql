-- Why this is like that.
create or replace function jophiel.explain_similar(p_item_id bigint, p_other_id bigint)
  returns table (component text, weight double precision, value double precision, contribution double precision)
  language plpgsql
  stable parallel safe
  rows 3
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_missing bigint;
begin
  select g.item_id
    into v_missing
    from unnest(array[p_item_id, p_other_id]) with ordinality as g (item_id, place)
   where not exists (select from jophiel.item_vectors as h where h.item_id = g.item_id)
   order by g.place
   limit 1;
  if found then
    raise exception 'there is no item %', coalesce(v_missing::text, 'null')
      using errcode = 'JO003',
            hint = 'It was never given, was deleted, or is not vectorised yet (jophiel batch run).';
  end if;

  return query
    select e.component, e.weight, e.value, e.contribution
      from jophiel._explain_similar(p_item_id, array[p_other_id]) as e;
end;
$$;

comment on function jophiel.explain_similar(bigint, bigint) is
  'Why similar_items() of the first item gives the second its score: similarity (cosine of the content blocks), collaborative (of the blocks of the model in use), neighbours (what its table says, '
  'over the strongest neighbour of the first item); the contributions add up to the score. Raises JO003 (unknown item).';

create or replace function jophiel.explain_similar(p_item_key text, p_other_key text)
  returns table (component text, weight double precision, value double precision, contribution double precision)
  language sql
  stable parallel safe
as $$
  select e.component, e.weight, e.value, e.contribution
    from jophiel.explain_similar(jophiel._find_id('item', p_item_key), jophiel._find_id('item', p_other_key)) as e
$$;

comment on function jophiel.explain_similar(text, text) is 'As explain_similar(bigint, bigint), for an application''s text keys.';
