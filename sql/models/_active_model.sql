-- Asked by whoever writes vectors or scores: null costs nothing further.
create or replace function jophiel._active_model()
  returns uuid
  language sql
  stable parallel safe
as $$
  select m.model_id from jophiel.models as m where m.state = 'active'
$$;

comment on function jophiel._active_model() is 'The id of the model in use; null where there is none.';
