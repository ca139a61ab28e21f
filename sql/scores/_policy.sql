-- Policies are read in one place, so that an unknown or useless one is the same error everywhere.
create or replace function jophiel._policy(p_policy text)
  returns jophiel.scoring_policies
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy jophiel.scoring_policies;
begin
  select p.*
    into v_policy
    from jophiel.scoring_policies as p
   where p.policy = p_policy;

  if not found then
    raise exception 'there is no scoring policy %', coalesce(p_policy, 'null')
      using errcode = 'JO006',
            hint = 'jophiel.scoring_policies lists them.';
  end if;

  return v_policy;
end;
$$;

comment on function jophiel._policy(text) is
  'The row of a scoring policy. Raises JO006 where there is none of that name.';
