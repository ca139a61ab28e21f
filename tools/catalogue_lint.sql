-- Lists what would keep Jophiel from being distributed by user_id. A table says what it is by a comment that begins
-- with jophiel:user (owned by a user), jophiel:reference (the catalogue) or jophiel:local (this node's own).
with
classes as (
  select c.oid, c.relname, c.relkind, c.relpersistence, c.relispartition,
         obj_description(c.oid, 'pg_class') as kind
    from pg_class as c
   where c.relnamespace = 'jophiel'::regnamespace
     and c.relkind in ('r', 'p')
),
user_columns as (
  select a.attrelid as oid, a.attnum, a.atttypid, a.attnotnull
    from pg_attribute as a
   where a.attname = 'user_id'
     and not a.attisdropped
),
functions as (
  select p.oid, p.proname, p.prosrc, p.proargnames, p.proargtypes, obj_description(p.oid, 'pg_proc') as kind
    from pg_proc as p
   where p.pronamespace = 'jophiel'::regnamespace
)
select 'L01 table without a kind' as rule, c.relname::text as found
  from classes as c
 where c.kind is null
    or c.kind !~ '^jophiel:(user|reference|local)\M'
union all
select 'L02 user table lacks user_id bigint not null', c.relname
  from classes as c
  left join user_columns as u on u.oid = c.oid
 where c.kind like 'jophiel:user%'
   and (u.oid is null or u.atttypid <> 'bigint'::regtype or not u.attnotnull)
union all
select 'L03 no primary key', c.relname
  from classes as c
 where not exists (select from pg_index as i where i.indrelid = c.oid and i.indisprimary)
union all
select 'L04 unique without user_id', c.relname || '.' || i.indexrelid::regclass
  from classes as c
  join pg_index as i on i.indrelid = c.oid and (i.indisunique or i.indisexclusion)
  join user_columns as u on u.oid = c.oid
 where c.kind like 'jophiel:user%'
   and not u.attnum = any (i.indkey::int2[])
union all
select 'L04b primary key does not begin with user_id', c.relname
  from classes as c
  join pg_index as i on i.indrelid = c.oid and i.indisprimary
  join user_columns as u on u.oid = c.oid
 where c.kind like 'jophiel:user%'
   and i.indkey[0] <> u.attnum
union all
select 'L05 foreign key between user tables not on user_id', k.conname
  from pg_constraint as k
  join classes as c on c.oid = k.conrelid
  join classes as r on r.oid = k.confrelid
 where k.contype = 'f'
   and c.kind like 'jophiel:user%'
   and r.kind like 'jophiel:user%'
   and not exists (select
                     from unnest(k.conkey, k.confkey) as z (a, b)
                     join user_columns as ua on ua.oid = k.conrelid and ua.attnum = z.a
                     join user_columns as ub on ub.oid = k.confrelid and ub.attnum = z.b)
union all
select 'L06 foreign key from reference to user or local, or to local', k.conname
  from pg_constraint as k
  join classes as c on c.oid = k.conrelid
  join classes as r on r.oid = k.confrelid
 where k.contype = 'f'
   and ((c.kind like 'jophiel:reference%' and r.kind not like 'jophiel:reference%')
        or (c.kind like 'jophiel:user%' and r.kind like 'jophiel:local%'))
union all
select 'L07 trigger', t.tgname || ' on ' || c.relname
  from pg_trigger as t
  join classes as c on c.oid = t.tgrelid
 where not t.tgisinternal
   and c.kind not like 'jophiel:local%'
union all
select 'L08 sequence or identity', c.relname || '.' || a.attname
  from classes as c
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
  left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where c.kind not like 'jophiel:local%'
   and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval(%')
union all
select 'L09 unlogged', c.relname
  from classes as c
 where c.relpersistence <> 'p'
   and c.kind not like 'jophiel:local%'
union all
select 'L10 rule', w.rulename
  from pg_rewrite as w
  join classes as c on c.oid = w.ev_class
union all
select 'L12 volatile in do update set', f.proname
  from functions as f
 where f.prosrc ~* 'do\s+update\s+set[^;]*\m(now|clock_timestamp|random|current_timestamp|gen_random_uuid|nextval)\M\s*\('
union all
select 'L13 first argument of a user function is not p_user_id bigint', f.proname
  from functions as f
 where f.kind like 'jophiel:user%'
   and (f.proargnames[1] is distinct from 'p_user_id' or f.proargtypes[0] <> 'bigint'::regtype)
union all
select 'L14 notify or advisory lock in a user function', f.proname
  from functions as f
 where f.kind like 'jophiel:user%'
   and f.prosrc ~* '\m(pg_notify|notify|pg_(try_)?advisory)'
union all
select 'L15 skip locked over all users in a user function', f.proname
  from functions as f
 where f.kind like 'jophiel:user%'
   and f.prosrc ~* 'skip\s+locked'
   and f.prosrc !~* 'user_id\s*=\s*p_user_id'
union all
select 'L16 user_id of a domain', c.relname
  from classes as c
  join user_columns as u on u.oid = c.oid
  join pg_type as t on t.oid = u.atttypid
 where t.typtype = 'd'
union all
select 'L17 partitions of partitions', c.relname
  from classes as c
 where c.relispartition
   and c.relkind = 'p'
 order by 1, 2
