-- The schema jophiel as lines of text (kind, object, definition): equal lines, equal schema, however it was installed.
-- Oids, statistics, owners' names and the order of creation are left out; privileges are told relative to the owner.
-- Run it with an empty search_path, so that every name in a definition is written in full.
with
relations as (
  select c.oid, c.relname, c.relkind, c.relpersistence, c.relowner, c.relacl, c.reloptions
    from pg_catalog.pg_class as c
   where c.relnamespace = 'jophiel'::pg_catalog.regnamespace
     and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c')
),
routines as (
  select p.*,
         p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' as signature
    from pg_catalog.pg_proc as p
   where p.pronamespace = 'jophiel'::pg_catalog.regnamespace
),
lines (kind, object, definition) as (
  select 'schema', n.nspname, pg_catalog.obj_description(n.oid, 'pg_namespace')
    from pg_catalog.pg_namespace as n
   where n.nspname = 'jophiel'
  union all
  select 'extension', e.extname, n.nspname
    from pg_catalog.pg_extension as e
    join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
   where e.extname = 'vector'
  union all
  select 'relation ' || r.relkind::text, r.relname,
         pg_catalog.concat_ws(' ', r.relpersistence, r.reloptions::text, pg_catalog.obj_description(r.oid, 'pg_class'))
    from relations as r
  union all
  -- by name and not by position: a column that a later migration adds comes last, whatever the first file says
  select 'column', r.relname || '.' || a.attname,
         pg_catalog.concat_ws(' ',
           pg_catalog.format_type(a.atttypid, a.atttypmod),
           case when a.attnotnull then 'not null' end,
           'identity ' || nullif(a.attidentity::text, ''),
           'generated ' || nullif(a.attgenerated::text, ''),
           'default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid),
           'storage ' || a.attstorage::text,
           'compression ' || nullif(a.attcompression::text, ''),
           'collate ' || nullif(a.attcollation, t.typcollation)::pg_catalog.regcollation::text,
           pg_catalog.col_description(r.oid, a.attnum))
    from relations as r
    join pg_catalog.pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type as t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  union all
  select 'constraint', r.relname || '.' || k.conname, pg_catalog.pg_get_constraintdef(k.oid)
    from relations as r
    join pg_catalog.pg_constraint as k on k.conrelid = r.oid
  union all
  select 'index', r.relname || '.' || i.relname,
         pg_catalog.pg_get_indexdef(i.oid) || case when x.indisvalid then '' else ' INVALID' end
    from relations as r
    join pg_catalog.pg_index as x on x.indrelid = r.oid
    join pg_catalog.pg_class as i on i.oid = x.indexrelid
  union all
  select 'statistics', s.stxname, pg_catalog.pg_get_statisticsobjdef(s.oid)
    from pg_catalog.pg_statistic_ext as s
   where s.stxnamespace = 'jophiel'::pg_catalog.regnamespace
  union all
  select 'trigger', r.relname || '.' || g.tgname, pg_catalog.pg_get_triggerdef(g.oid)
    from relations as r
    join pg_catalog.pg_trigger as g on g.tgrelid = r.oid and not g.tgisinternal
  union all
  select 'rule', r.relname || '.' || w.rulename, pg_catalog.pg_get_ruledef(w.oid)
    from relations as r
    join pg_catalog.pg_rewrite as w on w.ev_class = r.oid
  union all
  select 'policy', r.relname || '.' || y.polname,
         pg_catalog.concat_ws(' ', y.polcmd, pg_catalog.pg_get_expr(y.polqual, y.polrelid),
                              pg_catalog.pg_get_expr(y.polwithcheck, y.polrelid))
    from relations as r
    join pg_catalog.pg_policy as y on y.polrelid = r.oid
  union all
  select 'type', t.typname,
         pg_catalog.concat_ws(' ', t.typtype,
           nullif(pg_catalog.format_type(t.typbasetype, t.typtypmod), '-'),
           (select pg_catalog.string_agg(e.enumlabel, ',' order by e.enumsortorder)
              from pg_catalog.pg_enum as e
             where e.enumtypid = t.oid),
           (select pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ' order by k.conname)
              from pg_catalog.pg_constraint as k
             where k.contypid = t.oid),
           pg_catalog.obj_description(t.oid, 'pg_type'))
    from pg_catalog.pg_type as t
   where t.typnamespace = 'jophiel'::pg_catalog.regnamespace
     and t.typtype in ('d', 'e', 'c', 'r')
  union all
  select 'routine ' || f.prokind::text, f.signature,
         pg_catalog.concat_ws(' ',
           case when f.prokind = 'a' then null else pg_catalog.pg_get_functiondef(f.oid) end,
           pg_catalog.obj_description(f.oid, 'pg_proc'))
    from routines as f
  union all
  select 'aggregate', f.signature,
         pg_catalog.concat_ws(' ', g.aggtransfn::text, g.aggfinalfn::text, g.aggcombinefn::text,
                              pg_catalog.format_type(g.aggtranstype, null), g.agginitval)
    from routines as f
    join pg_catalog.pg_aggregate as g on g.aggfnoid = f.oid
  union all
  select 'operator', o.oprname,
         pg_catalog.concat_ws(' ', pg_catalog.format_type(o.oprleft, null), pg_catalog.format_type(o.oprright, null),
                              o.oprcode::text)
    from pg_catalog.pg_operator as o
   where o.oprnamespace = 'jophiel'::pg_catalog.regnamespace
  union all
  select 'text search configuration', c.cfgname,
         (select pg_catalog.string_agg(m.maptokentype::text || '>' || m.mapdict::pg_catalog.regdictionary::text, ' '
                                       order by m.maptokentype, m.mapseqno)
            from pg_catalog.pg_ts_config_map as m
           where m.mapcfg = c.oid)
    from pg_catalog.pg_ts_config as c
   where c.cfgnamespace = 'jophiel'::pg_catalog.regnamespace
  union all
  select 'privilege', p.object,
         pg_catalog.concat_ws(' ',
           case a.grantee when 0 then 'public' when p.owner then 'owner' else pg_catalog.pg_get_userbyid(a.grantee) end,
           a.privilege_type,
           case when a.is_grantable then 'grantable' end)
    from (select 'jophiel' as object, n.nspowner as owner,
                 coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) as acl
            from pg_catalog.pg_namespace as n
           where n.nspname = 'jophiel'
          union all
          select r.relname, r.relowner,
                 coalesce(r.relacl, pg_catalog.acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner))
            from relations as r
           where r.relkind <> 'c'
          union all
          select f.signature, f.proowner, coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))
            from routines as f) as p
   cross join lateral pg_catalog.aclexplode(p.acl) as a
)
select l.kind, l.object, coalesce(l.definition, '') as definition
  from lines as l
 order by l.kind collate "C", l.object collate "C", coalesce(l.definition, '') collate "C"
