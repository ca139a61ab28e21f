-- The steps of revectorise() for those who commit between them.
create or replace function jophiel._revectorise_step(p_limit integer)
  returns bigint
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_staged integer;
begin
  if not exists (select from jophiel.feature_schemas as s where not s.is_active) then
    if not jophiel.feature_schema_is_stale() then
      return 0;
    end if;
    perform jophiel._begin_schema_version();
  end if;

  v_staged := jophiel._stage_vectors(p_limit);
  -- One worker activates. The others must not wait for it with locks on what it empties; their schema stage is done. Not the strongest lock:
  -- those who stage hold the key of the row, and everybody would pass over what everybody holds.
  if v_staged = 0 and exists (select from jophiel.feature_schemas as s where not s.is_active for no key update of s skip locked) then
    perform jophiel._activate_schema_version();
    -- A first import fills empty tables: without statistics the next stages are planned for nothing.
    analyze jophiel.terms, jophiel.items, jophiel.item_signals, jophiel.item_vectors, jophiel.cells;
  end if;
  return v_staged;
end;
$$;

comment on function jophiel._revectorise_step(integer) is
  'Begins a new version of the feature schema where the active one is stale, stages up to p_limit vectors and returns how many; with the last '
  'one staged it makes the version active and returns 0.';
