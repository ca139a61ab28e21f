-- One round of Lloyd's algorithm on the unit sphere (Dhillon and Modha 2001): assign, then average.
create or replace function jophiel._move_centres()
  returns void
  language plpgsql
  volatile parallel unsafe
  -- To compile this in each round takes longer than to run it.
  set jit = off
  set search_path = pg_catalog, pg_temp
as $$
begin
  update cell_sample as s
     set cell = (select c.cell
                   from cell_centres as c
                  where c.parent = s.parent
                  order by c.centre operator(public.<#>) s.offer, c.cell
                  limit 1);
  update cell_centres as c
     set centre = m.centre
    from (select s.cell, public.l2_normalize(public.avg(s.offer::public.vector))::public.halfvec as centre
            from cell_sample as s
           group by s.cell) as m
   where c.cell = m.cell;
end;
$$;

comment on function jophiel._move_centres() is
  'One round of spherical k-means over the temporary tables cell_sample and cell_centres.';
