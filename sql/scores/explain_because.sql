-- "Because you liked X": the reason that people understand.
create or replace function jophiel.explain_because(p_user_id bigint, p_item_id bigint, p_feed text default 'main', p_limit integer default 3)
  returns table (item_id bigint, title text, contribution double precision)
  language plpgsql
  stable parallel safe
  rows 3
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_definition constant jophiel.feed_definitions := jophiel._feed_definition(p_feed);
begin
  perform jophiel._check_user(p_user_id);
  return query
    select e.because_id, coalesce((select i.title from jophiel.items as i where i.item_id = e.because_id), ''), e.contribution
      from jophiel._explain_items(p_user_id, array[p_item_id], v_definition.policy, p_limit) as e
     order by e.contribution desc, e.because_id;
end;
$$;

comment on function jophiel.explain_because(bigint, bigint, text, integer) is
  'The items that a user acted on and that add most to the score of an item, with their titles and how much of the score (similarity, collaborative and neighbours together) each gives, '
  'greatest first. No rows for an item that is not offered or that nothing speaks for. Raises JO002 (unknown user), JO005 (unknown feed).';

create or replace function jophiel.explain_because(p_user_key text, p_item_key text, p_feed text default 'main', p_limit integer default 3)
  returns table (item_id bigint, title text, contribution double precision)
  language sql
  stable parallel safe
as $$
  select e.item_id, e.title, e.contribution
    from jophiel.explain_because(jophiel._find_id('user', p_user_key), jophiel._find_id('item', p_item_key), p_feed, p_limit) as e
$$;

comment on function jophiel.explain_because(text, text, text, integer) is 'As explain_because(bigint, bigint, text, integer), for an application''s text keys.';
