-- All vectors anew while feeds are served. Without a SET clause and with its names qualified: a procedure that commits may have none.
create or replace procedure jophiel.revectorise(p_chunk integer default 5000)
  language plpgsql
as $$
declare
  v_staged integer;
begin
  if p_chunk is null or p_chunk not between 1 and 100000 then
    raise exception 'a chunk of % items', p_chunk
      using errcode = 'JO001',
            hint = 'Give 1 to 100000.';
  end if;

  perform jophiel._begin_schema_version();
  commit;

  loop
    v_staged := jophiel._stage_vectors(p_chunk);
    commit;
    exit when v_staged = 0;
  end loop;

  perform jophiel._activate_schema_version();
  commit;
  analyze jophiel.terms, jophiel.item_signals, jophiel.item_vectors;
end;
$$;

comment on procedure jophiel.revectorise(integer) is
  'Makes the next version of the feature schema from jophiel.features and the present catalogue, vectorises all items in chunks of p_chunk with a commit '
  'each, and makes it active in one transaction. Killed at any point it goes on where it stopped; several at once share the work. Call it outside a transaction. '
  'Raises JO001 for a chunk outside 1 to 100000.';
