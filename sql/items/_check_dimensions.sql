-- The sizes of blocks are settings, and anybody can update a setting: vectors of two lengths would stand side by side, and nothing add up.
create or replace function jophiel._check_dimensions()
  returns void
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_content       constant integer := jophiel._setting('content_dimensions');
  v_collaborative constant integer := jophiel._setting('collaborative_dimensions');
  -- One stands for all. By key, as a scan would first pass over all the rows that another model has just replaced.
  v_stored        constant integer := (select public.vector_dims(s.signal) from jophiel.item_signals as s order by s.item_id limit 1);
begin
  if v_stored <> v_content + v_collaborative then
    raise exception 'content_dimensions % and collaborative_dimensions % do not make the % numbers of the stored vectors', v_content, v_collaborative, v_stored
      using errcode = 'JO011',
            hint = 'Both are fixed before the first items are stored: set them in jophiel.settings to what they were.';
  end if;
end;
$$;

comment on function jophiel._check_dimensions() is 'Raises JO011 where the settings no longer have the lengths of the vectors that are stored.';
