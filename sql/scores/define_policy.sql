-- Weights can be changed by a plain UPDATE as well; this says what is wrong with them in our words.
create or replace function jophiel.define_policy(p_policy text, p_options jsonb default '{}')
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy jophiel.scoring_policies;
begin
  if coalesce(btrim(p_policy), '') = '' then
    raise exception 'a scoring policy needs a name'
      using errcode = 'JO001',
            hint = 'jophiel.define_policy(''newest'', ''{"novelty": 1}'')';
  end if;
  perform jophiel._check_options(
    'policy ' || p_policy, p_options,
    array['similarity', 'collaborative', 'neighbours', 'following', 'novelty', 'novelty_half_life', 'popularity', 'cold_popularity', 'prior',
          'penalty', 'is_tuned']);

  insert into jophiel.scoring_policies as p (policy)
  values (p_policy)
      on conflict (policy) do nothing;
  select p.*
    into v_policy
    from jophiel.scoring_policies as p
   where p.policy = p_policy
     for update;

  -- Who sets a weight that training would choose has decided.
  if p_options ?| array['similarity', 'collaborative', 'neighbours', 'novelty', 'popularity', 'prior'] then
    v_policy.is_tuned := false;
  end if;
  v_policy := jsonb_populate_record(v_policy, p_options);
  update jophiel.scoring_policies as p
     set similarity = v_policy.similarity,
         collaborative = v_policy.collaborative,
         neighbours = v_policy.neighbours,
         following = v_policy.following,
         novelty = v_policy.novelty,
         novelty_half_life = v_policy.novelty_half_life,
         popularity = v_policy.popularity,
         cold_popularity = v_policy.cold_popularity,
         prior = v_policy.prior,
         penalty = v_policy.penalty,
         is_tuned = v_policy.is_tuned,
         untuned = case when v_policy.is_tuned then v_policy.untuned end
   where p.policy = p_policy;
exception
  when data_exception or integrity_constraint_violation then
    raise exception 'policy %: %', p_policy, sqlerrm
      using errcode = 'JO006',
            hint = 'Weights are 0 to 100 and not all 0, the penalty is 0 or below, novelty_half_life at least a second.';
end;
$$;

comment on function jophiel.define_policy(text, jsonb) is
  'Creates a scoring policy or changes the given weights of one: similarity, collaborative, neighbours, following, novelty, novelty_half_life, popularity, cold_popularity, prior, penalty. '
  'Weights that training would choose it leaves alone from then on, unless is_tuned is true. The next batch makes the feeds that use the policy anew. Raises JO001 (no name), JO006 (a value out of range, or no weight at all), JO010 (unknown option).';
