-- What became of rows, for the functions that write many at once. Call it in a statement after the one that wrote: it sees the keys that were registered.
create or replace function jophiel._json_outcomes(p_kind text, p_ids bigint[], p_outcomes text[])
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select json_build_object('results', coalesce(json_agg(json_build_object(
             p_kind || '_id', jophiel._json_key(p_kind, w.id), 'outcome', w.outcome) order by w.place), '[]'))
      from unnest(p_ids, p_outcomes) with ordinality as w (id, outcome, place));
end;
$$;

comment on function jophiel._json_outcomes(text, bigint[], text[]) is
  'JSON text {results: [{user_id or item_id, outcome}]} of rows of a kind (user, item), in their order.';
