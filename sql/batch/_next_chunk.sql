-- Timings are kept for the first 10, 100, 1000 and every further 1000, so chunks are cut there.
create or replace function jophiel._next_chunk(p_processed bigint, p_chunk integer)
  returns integer
  language sql
  immutable parallel safe
  return least(
    p_chunk,
    case
      when p_processed < 10 then 10 - p_processed
      when p_processed < 100 then 100 - p_processed
      else 1000 - p_processed % 1000
    end)::integer;

comment on function jophiel._next_chunk(bigint, integer) is
  'Size of the next chunk: at most p_chunk, and never past the next mark (10, 100, 1000, 2000, ...).';
