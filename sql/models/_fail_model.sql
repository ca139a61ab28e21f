-- What a training that failed had written is of no use; that it failed, and why, stays.
create or replace function jophiel._fail_model(p_model_id uuid, p_error text)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
begin
  update jophiel.models as m
     set state = 'failed',
         error = p_error,
         finished_at = jophiel._now()
   where m.model_id = p_model_id
     and m.state = 'building';

  if found then
    perform jophiel._discard_model(p_model_id);
  end if;
end;
$$;

comment on function jophiel._fail_model(uuid, text) is 'Calls a model that is being built failed, and removes what was written of it. Others are left alone.';
