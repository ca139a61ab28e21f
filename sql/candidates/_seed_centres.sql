-- Starting centres: rows drawn from the sample, each parent getting a share of them by its size.
create or replace function jophiel._seed_centres(p_centres integer, p_first integer)
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
begin
  delete from cell_centres;
  insert into cell_centres (cell, parent, centre)
  select p_first + row_number() over (order by d.parent, d.draw), d.parent, d.offer
    from (select s.parent,
                 s.draw,
                 s.offer,
                 row_number() over (partition by s.parent order by s.draw) as place,
                 count(*) over (partition by s.parent) as of_parent,
                 count(*) over () as of_all
            from cell_sample as s) as d
   where d.place <= greatest(1, round(p_centres::numeric * d.of_parent / d.of_all));
end;
$$;

comment on function jophiel._seed_centres(integer, integer) is
  'Fills the temporary table cell_centres from cell_sample with about p_centres rows, numbered after p_first.';
