-- What refresh_creators() has to look at, without looking at every item.
create or replace function jophiel._changed_creators()
  returns bigint[]
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select h.creator_id
      from jophiel.creator_changes as h
     union
    -- One look into the index of followed creators, and not into the catalogue: nobody needs the others' centroids yet.
    select f.creator_id
      from (select distinct o.creator_id from jophiel.follows as o where o.is_active) as f
     where not exists (select from jophiel.creators as c where c.creator_id = f.creator_id)
       and exists (select from jophiel.items as i where i.creator_id = f.creator_id and i.deleted_at is null)
     order by 1);
end;
$$;

comment on function jophiel._changed_creators() is
  'Creators whose items changed, and followed creators that have items but no centroid yet.';
