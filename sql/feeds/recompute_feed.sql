-- select jophiel.recompute_feed(42): the batch's core for one user.
create or replace function jophiel.recompute_feed(p_user_id bigint, p_feed text default 'main')
  returns integer
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._check_user(p_user_id);
  perform jophiel.recompute_feeds(array[p_user_id], p_feed);
  return (
    select cardinality(f.item_ids)
      from jophiel.feeds as f
     where f.user_id = p_user_id
       and f.feed = p_feed);
end;
$$;

comment on function jophiel.recompute_feed(bigint, text) is
  'Makes one user''s feed anew and returns how many items it has. Raises JO002 (unknown user), JO005 (unknown feed).';

create or replace function jophiel.recompute_feed(p_user_key text, p_feed text default 'main')
  returns integer
  language sql
  volatile parallel unsafe
as $$
  select jophiel.recompute_feed(jophiel._find_id('user', p_user_key), p_feed)
$$;

comment on function jophiel.recompute_feed(text, text) is 'As recompute_feed(bigint, text), for an application''s text key.';
