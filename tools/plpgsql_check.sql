-- What plpgsql_check has against Jophiel's functions; run inside one transaction on an installed database.
-- Temporary tables that functions leave to one another are made first: the checker follows no run.

select jophiel._create_import_staging();

create temporary table moved_items on commit drop as
select h.item_id, h.creator_id, h.created_epoch, h.cell, h.domain, h.offer
  from jophiel.item_vectors as h
 limit 0;

create temporary table cell_sample (offer public.halfvec, parent integer, cell integer, draw integer) on commit drop;

create temporary table cell_centres (cell integer, parent integer, centre public.halfvec) on commit drop;

-- A finding is left out where a row here fits its function, its message and its detail (patterns of LIKE).
create temporary table justified (function text, message text, detail text, why text) on commit drop;

insert into justified (function, message, detail, why)
values
  ('%', 'target type is different type than source type', 'cast "%" value to "%" type',
   'an assignment of a single value; casts in conditions have a message of their own'),
  ('%', 'routine is marked as VOLATILE, should be %', '%cannot to determine volatility of used dynamic SQL%', 'as it says, it cannot know'),
  ('_forget_users%', 'text type variable is not sanitized', '%', 'names of tables come from pg_class by way of regclass, which quotes'),
  ('find_filtered_items(jsonb,text)', 'text type variable is not sanitized', '%', '_filter_query quotes every value'),
  ('_check_embeddings(%', 'routine is marked as STABLE, should be IMMUTABLE', '%', 'it is called for what it raises, and must not be folded away'),
  ('_claim_stale_feeds(%', 'routine is marked as VOLATILE, should be STABLE', '%', 'it locks rows, which only a volatile function may'),
  ('_match_items(%', 'unused parameter "p_limit"', '%', 'every step of the batch has the parameter');

create temporary table findings on commit drop as
select p.oid::regprocedure::text as function,
       k.lineno as line,
       k.level,
       k.message,
       coalesce(k.detail, '') as detail,
       coalesce(k.hint, '') as hint,
       coalesce(k.context, '') as context
  from pg_proc as p
  join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
 cross join lateral public.plpgsql_check_function_tb(
         p.oid::regprocedure,
         fatal_errors => false,
         other_warnings => true,
         extra_warnings => true,
         performance_warnings => true,
         security_warnings => true,
         compatibility_warnings => true
       ) as k
 where p.pronamespace = 'jophiel'::regnamespace
   and p.prorettype <> 'trigger'::regtype;

select f.function, f.line, f.level, concat_ws('; ', f.message, nullif(f.detail, ''), nullif(f.context, '')) as finding
  from findings as f
 where not exists (
         select from justified as j
          where replace(f.function, 'jophiel.', '') like j.function
            and f.message like j.message
            and f.detail like j.detail
       )
 order by f.function, f.line;
