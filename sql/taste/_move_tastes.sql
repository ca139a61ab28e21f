-- What the log's change means for tastes: at once for what feeds react to, later for the rest.
create or replace function jophiel._move_tastes(
  p_high       bigint[],
  p_low        bigint[],
  p_add_users  bigint[],
  p_add_events uuid[]
)
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_moved bigint[];
begin
  if p_high is not null then
    v_moved := jophiel._apply_to_tastes(p_add_users, p_add_events);
    if cardinality(v_moved) < cardinality(p_high) then
      perform jophiel._rebuild_tastes(array(
        select h.user_id
          from unnest(p_high) as h (user_id)
         where h.user_id <> all (v_moved)));
    end if;
  end if;

  if p_low is not null then
    perform jophiel.mark_tastes_stale(p_low);
  end if;
end;
$$;

comment on function jophiel._move_tastes(bigint[], bigint[], bigint[], uuid[]) is
  'Moves the tastes of the users p_high now and marks those of p_low stale (either may be null). p_add_users, p_add_events: new active events '
  '(parallel) of those among p_high to whom nothing else happened; the others of p_high are rebuilt.';
