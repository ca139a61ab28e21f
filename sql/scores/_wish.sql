-- What a request wishes for, added to the query of whoever asks: searched and scored in the same inner product as the taste.
create or replace function jophiel._wish(p_options jsonb)
  returns public.vector
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_content constant integer := jophiel._setting('content_dimensions');
  v_length  constant integer := jophiel._setting('collaborative_dimensions');
  v_weight  constant real := coalesce((p_options ->> 'query_weight')::real, 1);
  v_embedding real[];
  v_made_by   constant text := p_options ->> 'query_model';
begin
  if not p_options ? 'query_text' then
    return null;
  end if;

  if p_options ? 'query_embedding' then
    v_embedding := array(select case when abs(e.value::numeric) < 1e-30 then 0 else e.value::numeric::real end from jsonb_array_elements(p_options -> 'query_embedding') with ordinality as e (value, place) order by e.place);
  end if;
  -- What the caller did not make is no mistake of the caller's: the words are left.
  if v_made_by is not null and (v_made_by is distinct from jophiel._embedding_model() or cardinality(v_embedding) is distinct from jophiel._query_length()) then
    v_embedding := null;
  end if;
  return (jophiel.query_vector(p_options ->> 'query_text', v_embedding)::public.vector operator(public.*) array_fill(v_weight, array[v_content])::public.vector)
         operator(public.||) array_fill(0::real, array[v_length])::public.vector;
end;
$$;

comment on function jophiel._wish(jsonb) is
  'What the checked options of a request add to a query: query_vector() of query_text (and query_embedding) times query_weight (1 where it is not given), no collaborative block. An embedding with a query_model counts only where vectors in use are of that model and its length. All zero where no word is known; null without a query_text.';
