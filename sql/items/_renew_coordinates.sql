-- After vectors have changed everywhere: nothing that was made from the old ones is taken for good any more.
create or replace function jophiel._renew_coordinates()
  returns void
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  perform jophiel._recentre_cells();
  perform jophiel.api_clear_cache(null);
  -- Everybody's taste in one pass, in the order of ids, before refresh_creators() asks for those of followers; and creators before tastes.
  perform h.creator_id
     from jophiel.creator_changes as h
    order by h.creator_id
      for update of h;
  perform c.creator_id
     from jophiel.creators as c
    order by c.creator_id
      for update of c;
  perform jophiel.mark_tastes_stale();
  perform jophiel.refresh_creators(array(select c.creator_id from jophiel.creators as c));
  update jophiel.feed_definitions as d
     set content_version = d.content_version + 1;
end;
$$;

comment on function jophiel._renew_coordinates() is
  'Moves cells and centroids to the vectors as they are now, makes all tastes and feeds stale and empties the cache of answers. For who has replaced the vectors and holds the schema version.';
