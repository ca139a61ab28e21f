-- Personal scores for a list that the caller gives: search results, a list to rank again, the application's own shortlist.
create or replace function jophiel.score_items(p_user_id bigint, p_item_ids bigint[], p_policy text default 'default')
  returns table (item_id bigint, score double precision)
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select s.item_id, s.score
      from jophiel._explain_sums(p_user_id, p_item_ids, jophiel._policy(p_policy), jophiel._now()) as s
     order by s.score desc, s.item_id;
end;
$$;

comment on function jophiel.score_items(bigint, bigint[], text) is
  'The score of each given item for a user by a policy, best first, including the penalty for what the user has definitively acted on. Unknown and '
  'deleted items are left out. Raises JO002 (unknown user), JO006 (unknown policy).';

create or replace function jophiel.score_items(p_user_key text, p_item_ids bigint[], p_policy text default 'default')
  returns table (item_id bigint, score double precision)
  language sql
  stable parallel safe
as $$
  select s.item_id, s.score
    from jophiel.score_items(jophiel._find_id('user', p_user_key), p_item_ids, p_policy) as s
$$;

comment on function jophiel.score_items(text, bigint[], text) is 'As score_items(bigint, ...), for an application''s text key.';
