import { sql } from 'kysely';
import type { JanitorDeps } from './janitor-deps.ts';

const ENTRIES_AT_ONCE = 500;
const BLOBS_AT_ONCE = 200;

/**
 * Removes blobs that were put before `before` and that nothing refers to: no entry of the record, no blob that an entry
 * refers to, and no column of the schema. What the record refers to is kept for ever, like the record.
 * Whoever puts a blob again makes it young again (src/store/blobs.ts), so one that is about to be referred to stays.
 */
export async function collectBlobs(deps: JanitorDeps, before: Date): Promise<number> {
  // Up to the newest entry, or nothing may be removed.
  while (await noteReferences(deps)) if (deps.signal.aborted) return 0;
  const columns = await readDigestColumns(deps);
  const used = columns.map(
    ({ table, column }) =>
      sql`not exists (select from ${sql.table(`slipway.${table}`)} t where t.${sql.ref(column)} = b.digest)`,
  );
  for (let total = 0; ; ) {
    const { numAffectedRows } = await sql`
      delete from slipway.blobs where digest = any(array(
        select b.digest from slipway.blobs b
        where b.created_at < ${before} and not exists (select from slipway.blob_refs r where r.digest = b.digest)
          and ${sql.join(used, sql` and `)}
        limit ${BLOBS_AT_ONCE}))`.execute(deps.db);
    const deleted = Number(numAffectedRows ?? 0);
    total += deleted;
    if (deleted < BLOBS_AT_ONCE || deps.signal.aborted) return total;
  }
}

/** Reads on in the record and notes which blobs it names; false at its end. A page that is read twice does no harm. */
async function noteReferences({ db }: JanitorDeps): Promise<boolean> {
  const { rows: pages } = await sql<{ last: string | null; n: number; digests: string[] }>`
    with page as (
      select seq, body from audit.entry
      where seq > (select read_to from slipway.blob_scan) order by seq limit ${ENTRIES_AT_ONCE}
    ), named as (
      select distinct m[1] as digest from page, regexp_matches(body, '[0-9a-f]{64}', 'g') m
    )
    select (select max(seq) from page)::text as last, (select count(*) from page)::int as n,
      array(select digest from named where exists (select from slipway.blobs b where b.digest = named.digest)) as digests`.execute(
    db,
  );
  const [page] = pages;
  if (page === undefined || page.last === null) return false;
  let fresh = page.digests;
  // A payload that was too large for its entry is a blob, and names others.
  while (fresh.length > 0) fresh = await noteBlobs(db, fresh);
  await sql`update slipway.blob_scan set read_to = ${page.last}::bigint`.execute(db);
  return page.n === ENTRIES_AT_ONCE;
}

/** Returns what the newly noted ones name in turn. */
async function noteBlobs(db: JanitorDeps['db'], digests: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ digest: string }>`
    with noted as (
      insert into slipway.blob_refs (digest) select unnest(${digests}::text[]) on conflict do nothing returning digest
    )
    select distinct m[1] as digest
    from noted join slipway.blobs b on b.digest = noted.digest and b.media_type = 'application/json',
      regexp_matches(convert_from(b.bytes, 'UTF8'), '[0-9a-f]{64}', 'g') m
    where exists (select from slipway.blobs x where x.digest = m[1])`.execute(db);
  return rows.map(({ digest }) => digest);
}

/** Every column that can name a blob, of tables to come too: they are of one type. */
async function readDigestColumns({ db }: JanitorDeps): Promise<{ table: string; column: string }[]> {
  const { rows } = await sql<{ table: string; column: string }>`
    select c.relname::text as table, a.attname::text as column
    from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
    where c.relnamespace = 'slipway'::regnamespace and a.atttypid = 'slipway.digest'::regtype
      and a.attnum > 0 and not a.attisdropped and c.relname not in ('blobs', 'blob_refs')`.execute(db);
  // Without them every blob would look unused.
  if (!rows.some(({ table, column }) => table === 'agent_calls' && column === 'request'))
    throw new Error('the columns that name blobs could not be read');
  return rows;
}
