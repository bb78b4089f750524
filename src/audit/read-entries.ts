import { z } from 'zod';
import { NewerVersion, PermanentFailure } from '../errors.ts';
import type { RunId } from '../ids.ts';
import { batched } from '../store/batched.ts';
import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';
import type { Recorded } from './audit-log.ts';
import { type Entry, type EntryKey, Event } from './entry.ts';
import { entryId } from './entry-id.ts';
import { parseEntry } from './known-entries.ts';
import { makeReceipt } from './receipt.ts';

const COLUMNS = ['seq', 'recorded_at', 'body', 'chain_hash'] as const;

export interface StoredRow {
  readonly seq: string;
  readonly recorded_at: Date;
  readonly body: string;
  readonly chain_hash: Buffer;
}

/** A committed row as the rest of Slipway sees it. @throws {PermanentFailure} AUDIT_UNREADABLE. {NewerVersion}. */
export function toRecorded(row: StoredRow): Recorded {
  const entry = parseBody(row);
  return { receipt: makeReceipt(row.seq, row.chain_hash.toString('hex')), entry, recordedAt: row.recorded_at };
}

/** The entry that holds a key, null where none does. Who asks at the same time shares a statement. @throws {StoreDown} */
export async function findEntry(db: Db, key: EntryKey): Promise<Recorded | null> {
  const row = await findOne(db, entryId(key));
  return row === null ? null : toRecorded(row);
}

const FIND = `
  select entry_id, seq, recorded_at, body, chain_hash from audit.entry where entry_id = any($1::uuid[])`;

const findOne = batched<Db, StoredRow | null>(async (db, ids) => {
  const rows = await runSql<StoredRow & { entry_id: string }>(db, FIND, [[...new Set(ids)]]);
  const byId = new Map(rows.map((row) => [row.entry_id, row]));
  return ids.map((id) => byId.get(id) ?? null);
});

/** Every entry of a run, in order. Steps that ask at the same time share a statement. @throws {StoreDown} */
export async function listEntries(db: Db, runId: RunId): Promise<Recorded[]> {
  return (await listOne(db, runId)).map(toRecorded);
}

const LIST = `
  select seq, recorded_at, body, chain_hash, trace_id from audit.entry
  where trace_id = any($1::text[]) order by trace_id, seq`;

const listOne = batched<Db, StoredRow[]>(async (db, runIds) => {
  const rows = await runSql<StoredRow & { trace_id: string }>(db, LIST, [[...new Set(runIds)]]);
  const byRun = groupByTrace(rows);
  return runIds.map((runId) => byRun.get(runId) ?? []);
});

function groupByTrace<R extends { trace_id: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.trace_id);
    if (group === undefined) groups.set(row.trace_id, [row]);
    else group.push(row);
  }
  return groups;
}

/** Entries of a run in order, those after `afterSeq` only where it is given. @throws {StoreDown} */
export async function readEntries(db: Db, runId: RunId, afterSeq?: string): Promise<Recorded[]> {
  const rows = await db
    .selectFrom('audit.entry')
    .select(COLUMNS)
    .where('trace_id', '=', runId)
    .$if(afterSeq !== undefined, (query) => query.where('seq', '>', afterSeq ?? ''))
    .orderBy('seq')
    .execute();
  return rows.map(toRecorded);
}

/** Entries of several runs that hold one of these events, in order, by run. One statement. @throws {StoreDown} */
export async function readEntriesOf(
  db: Db,
  runIds: readonly string[],
  events: readonly Event[],
): Promise<Map<string, Recorded[]>> {
  const rows = await runSql<StoredRow & { trace_id: string }>(db, LIST_EVENTS, [runIds, events]);
  return new Map([...groupByTrace(rows)].map(([runId, group]) => [runId, group.map(toRecorded)]));
}

const LIST_EVENTS = `
  select seq, recorded_at, body, chain_hash, trace_id from audit.entry
  where trace_id = any($1::text[]) and event = any($2::text[]) order by trace_id, seq`;

/** What every version's entries have. Their shape changes with `v` only; events are added at any time. */
const AnyEntry = z.object({ v: z.int(), event: z.string() });

function parseBody(row: StoredRow): Entry {
  try {
    return parseEntry(row.body);
  } catch (cause) {
    const any = AnyEntry.safeParse(readJson(row.body));
    if (any.success && (any.data.v > 1 || !Event.safeParse(any.data.event).success))
      throw new NewerVersion(`entry ${row.seq} holds ${any.data.event} (v${any.data.v})`, { cause });
    throw new PermanentFailure('AUDIT_UNREADABLE', `entry ${row.seq} does not have the shape of an entry`, { cause });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
