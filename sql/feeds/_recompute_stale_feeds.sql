-- One chunk of the batch's last stage. The session remembers how far it came (jophiel.batch_position), so that a chunk does not begin
-- with reading past everybody who is done. At the end of a definition it looks once more from the start, and only once: a feed that
-- becomes stale as fast as it is made must not keep a cycle from ending.
create or replace function jophiel._recompute_stale_feeds(p_limit integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_first constant bigint := -9223372036854775808;
  v_position jsonb := nullif(current_setting('jophiel.batch_position', true), '')::jsonb;
  v_definition jophiel.feed_definitions;
  v_users bigint[];
begin
  for v_definition in
    select d.*
      from jophiel.feed_definitions as d
     where d.is_scheduled
       and (v_position is null or d.feed >= v_position ->> 'feed')
     order by d.feed
  loop
    if v_position ->> 'feed' is distinct from v_definition.feed then
      v_position := jsonb_build_object('feed', v_definition.feed, 'after', v_first, 'again', false);
    end if;

    v_users := jophiel._claim_stale_feeds(v_definition, (v_position ->> 'after')::bigint, p_limit);
    if v_users = '{}' and not (v_position ->> 'again')::boolean then
      v_position := jsonb_set(v_position, '{again}', 'true');
      v_users := jophiel._claim_stale_feeds(v_definition, v_first, p_limit);
    end if;

    if v_users <> '{}' then
      perform jophiel.recompute_feeds(v_users, v_definition.feed);
      v_position := jsonb_set(v_position, '{after}', to_jsonb(v_users[cardinality(v_users)]));
      perform set_config('jophiel.batch_position', v_position::text, false);
      return cardinality(v_users);
    end if;
  end loop;

  perform set_config('jophiel.batch_position', '', false);
  return 0;
end;
$$;

comment on function jophiel._recompute_stale_feeds(integer) is
  'Recomputes up to p_limit stale feeds of one definition and returns how many; 0 when none is left that no other worker has.';
