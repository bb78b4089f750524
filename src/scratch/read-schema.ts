import type { Client } from 'pg';

/**
 * A database's schema as sorted lines, the same for the same schema however it came about: names and definitions as
 * pg_catalog has them, without oids, without the order of columns (a column that is taken back and comes again is last), and
 * without data. What extensions brought is named by the extension alone.
 */
export async function readSchema(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(LINES);
  return rows.map(({ line }) => line.replaceAll('\n', ' ')).toSorted();
}

/** Lines that one schema has and the other has not, `-` and `+`. Pure. */
export function compareSchemas(before: readonly string[], after: readonly string[]): string[] {
  const [had, has] = [new Set(before), new Set(after)];
  const gone = before.filter((line) => !has.has(line)).map((line) => `- ${line}`);
  const come = after.filter((line) => !had.has(line)).map((line) => `+ ${line}`);
  return [...gone, ...come];
}

const LINES = `
  with spaces as (
    select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
  ), brought as (
    select classid, objid from pg_depend where deptype = 'e'
  ), rels as (
    select c.*, format('%I.%I', n.nspname, c.relname) as name from pg_class c join spaces n on n.oid = c.relnamespace
    where not exists (select from brought b where b.classid = 'pg_class'::regclass and b.objid = c.oid)
  )
  select format('schema %I %s', nspname, coalesce(array_to_string(nspacl, ','), '')) as line from spaces s
    join pg_namespace using (oid, nspname)
  union all select format('extension %s %s', extname, extversion) from pg_extension where extname <> 'plpgsql'
  union all
  select format('relation %s %s persistence %s options %s security %s%s acl %s comment %s', relkind, name, relpersistence,
      coalesce(array_to_string(reloptions, ','), ''), relrowsecurity, relforcerowsecurity,
      coalesce(array_to_string(relacl, ','), ''), coalesce(obj_description(oid, 'pg_class'), ''))
    from rels where relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  union all
  select format('column %s %I %s%s%s%s%s default %s comment %s', r.name, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end, ' identity ' || a.attidentity::text, ' generated ' || a.attgenerated::text,
      ' collation ' || coalesce((select collname::text from pg_collation where oid = a.attcollation), ''),
      coalesce(pg_get_expr(d.adbin, d.adrelid), ''), coalesce(col_description(a.attrelid, a.attnum), ''))
    from rels r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum where r.relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select format('constraint %s %I %s%s', coalesce(r.name, ''), c.conname, pg_get_constraintdef(c.oid),
      case when c.convalidated then '' else ' not validated' end)
    from pg_constraint c join spaces s on s.oid = c.connamespace left join rels r on r.oid = c.conrelid
    where c.contype <> 'n'
  union all
  select format('index %s%s', pg_get_indexdef(i.indexrelid), case when i.indisvalid then '' else ' invalid' end)
    from pg_index i join rels r on r.oid = i.indrelid
  union all select format('view %s %s', name, pg_get_viewdef(oid)) from rels where relkind in ('v', 'm')
  union all
  select format('sequence %s %s %s %s %s %s %s %s', r.name, format_type(s.seqtypid, null), s.seqstart, s.seqincrement,
      s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
    from pg_sequence s join rels r on r.oid = s.seqrelid
  union all
  select format('trigger %s %s', pg_get_triggerdef(t.oid), t.tgenabled)
    from pg_trigger t join rels r on r.oid = t.tgrelid where not t.tgisinternal
  union all
  select format('policy %s %I %s %s %s %s %s', r.name, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[],
      coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''))
    from pg_policy p join rels r on r.oid = p.polrelid
  union all select format('rule %s', pg_get_ruledef(w.oid))
    from pg_rewrite w join rels r on r.oid = w.ev_class where w.rulename <> '_RETURN'
  union all
  select format('function %s acl %s', case when p.prokind = 'a'
      then format('aggregate %s(%s)', p.oid::regproc, pg_get_function_identity_arguments(p.oid))
      else pg_get_functiondef(p.oid) end, coalesce(array_to_string(p.proacl, ','), ''))
    from pg_proc p join spaces s on s.oid = p.pronamespace
    where not exists (select from brought b where b.classid = 'pg_proc'::regclass and b.objid = p.oid)
  union all
  select format('type %I.%I %s %s %s', s.nspname, t.typname, t.typtype,
      coalesce((select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid), ''),
      case when t.typtype = 'd' then format('%s%s default %s', format_type(t.typbasetype, t.typtypmod),
        case when t.typnotnull then ' not null' else '' end, coalesce(t.typdefault, '')) else '' end)
    from pg_type t join spaces s on s.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'r') and not exists (
      select from brought b where b.classid = 'pg_type'::regclass and b.objid = t.oid)`;
