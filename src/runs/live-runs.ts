import { sql } from 'kysely';
import { RunId } from '../ids.ts';
import type { LookMark } from '../queues/look-mark.ts';
import type { Db } from '../store/open-database.ts';

/** A place in the line of all live runs, the oldest first. The time is text: a Date would cut off its microseconds. */
type Place = LookMark['after'];

interface Page {
  readonly ids: readonly RunId[];
  /** The place of the last one; null where the line ends here. */
  readonly after: Place;
}

/** The live runs behind a place that were put in line before `before`, at most `limit`. @throws {StoreDown} */
export async function pageLiveRuns(db: Db, after: Place, before: Date, limit: number): Promise<Page> {
  const behind = after === null ? sql`true` : sql`(created_at, id) > (${after.at}::timestamptz, ${after.id}::text)`;
  const { rows } = await sql<{ id: string; at: string }>`
    select id, created_at::text as at from slipway.runs
    where status <> 'finished' and created_at < ${before} and ${behind}
    order by created_at, id limit ${limit}`.execute(db);
  const last = rows.at(-1);
  return {
    ids: rows.map(({ id }) => RunId.parse(id)),
    after: last === undefined || rows.length < limit ? null : { at: last.at, id: last.id },
  };
}

/** The next `limit` whose turn it is, each once: behind the end of the line comes its beginning. @throws {StoreDown} */
export async function takeTurn(db: Db, after: Place, before: Date, limit: number): Promise<Page> {
  const first = await pageLiveRuns(db, after, before, limit);
  if (after === null || first.after !== null) return first;
  const left = limit - first.ids.length;
  if (left === 0) return first;
  const second = await pageLiveRuns(db, null, before, left);
  return { ids: [...new Set([...first.ids, ...second.ids])], after: second.after };
}

/** Live runs that were put in line in a span of time, the newest last. @throws {StoreDown} */
export async function readFreshRuns(db: Db, from: Date, before: Date): Promise<RunId[]> {
  const rows = await db
    .selectFrom('slipway.runs')
    .select('id')
    .where('status', '!=', sql.lit('finished'))
    .where('created_at', '>=', from)
    .where('created_at', '<', before)
    .orderBy('created_at')
    .execute();
  return rows.map(({ id }) => RunId.parse(id));
}
