-- Validation knows better than anybody's guess, but not better than somebody's decision.
create or replace function jophiel._tune_policies(p_weights jsonb)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
begin
  update jophiel.scoring_policies as p
     set similarity = (w.weights ->> 'similarity')::double precision,
         collaborative = (w.weights ->> 'collaborative')::double precision,
         neighbours = (w.weights ->> 'neighbours')::double precision,
         popularity = (w.weights ->> 'popularity')::double precision,
         novelty = (w.weights ->> 'novelty')::double precision,
         prior = (w.weights ->> 'prior')::double precision,
         untuned = case when p_weights <> '{}' then w.untuned end
    from (select o.policy, o.untuned, o.untuned || p_weights as weights
            from (select t.policy,
                         coalesce(t.untuned,
                                  jsonb_build_object('similarity', t.similarity, 'collaborative', t.collaborative, 'neighbours', t.neighbours,
                                                     'popularity', t.popularity, 'novelty', t.novelty, 'prior', t.prior)) as untuned
                    from jophiel.scoring_policies as t
                   where t.is_tuned) as o) as w
   where p.policy = w.policy;
end;
$$;

comment on function jophiel._tune_policies(jsonb) is
  'Writes the weights of a model into the policies that nobody has set by hand. Those that it does not name become again what they were before any training; {}: all of them.';
