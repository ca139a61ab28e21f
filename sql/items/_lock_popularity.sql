-- Counting is a pass over everything that takes its locks in two statements: one at a time.
create or replace function jophiel._lock_popularity()
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  -- `where false` locks the row that is there and leaves it as it is.
  insert into jophiel.meta as m (name, value)
  values ('popularity_at', '-infinity')
      on conflict (name) do update
     set value = excluded.value
   where false;
end;
$$;

comment on function jophiel._lock_popularity() is
  'Waits for whoever counts popularity, and holds off the next until the end of the transaction.';
