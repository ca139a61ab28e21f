-- One index probe, not a sort of the catalogue: a moment is drawn between the oldest and the newest item, and the first item after it is taken.
create or replace function jophiel._draw_item(p_share double precision, p_domain text, p_eligible bigint[])
  returns bigint
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
  -- Folds the branch of the domain away that does not apply, without which no index serves.
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_oldest double precision;
  v_newest double precision;
begin
  if p_eligible is not null then
    return p_eligible[1 + floor(p_share * cardinality(p_eligible))::integer];
  end if;

  select min(h.created_epoch), max(h.created_epoch)
    into v_oldest, v_newest
    from jophiel.item_vectors as h
   where h.domain = p_domain
      or p_domain is null;

  return (
    select h.item_id
      from jophiel.item_vectors as h
     where h.created_epoch >= v_oldest + p_share * (v_newest - v_oldest)
       and (h.domain = p_domain or p_domain is null)
     order by h.created_epoch, h.item_id
     limit 1);
end;
$$;

comment on function jophiel._draw_item(double precision, text, bigint[]) is
  'The item at a share (0 up to 1) of the catalogue''s time span, or of the eligible ones. Items after a long gap are drawn more often.';
