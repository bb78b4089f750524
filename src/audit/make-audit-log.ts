import { sql } from 'kysely';
import type { SlipwayFile } from '../config/schema.ts';
import { StoreDown } from '../errors.ts';
import type { Logger } from '../log.ts';
import { putBlob } from '../store/blobs.ts';
import type { Db } from '../store/open-database.ts';
import type { Appended, AuditLog, EntryDraft, RunFacts } from './audit-log.ts';
import { type BuiltEntry, buildEntry, type RequiredField } from './build-entry.ts';
import { findEntry, readEntries, type StoredRow, toRecorded } from './read-entries.ts';

export interface AuditLogDeps {
  readonly db: Db;
  readonly config: Pick<SlipwayFile, 'profile'>;
  readonly requiredFields: readonly RequiredField[];
  /** As `agent_version` names Slipway: `slipway/0.1.0`. */
  readonly version: string;
  readonly now: () => Date;
  /** Gets one line for each committed entry. */
  readonly auditLogger: Logger;
  readonly log: Logger;
}

/** Appends whose answer was lost; a bound against a store that is down for long. */
const MAX_UNSETTLED = 1_000;

/** The record over PostgreSQL. There is no way to pause it, to buffer behind it or to write around it. */
export function makeAuditLog(deps: AuditLogDeps): AuditLog {
  /** Ids whose append may have been committed unseen: when they turn up as duplicates, their line is still owed. */
  const unsettled = new Set<string>();

  async function append(run: RunFacts | null, draft: EntryDraft): Promise<Appended> {
    const built = buildEntry(run, draft, {
      profile: deps.config.profile,
      requiredFields: deps.requiredFields,
      version: deps.version,
      now: deps.now(),
    });
    const appended = await commit(built);
    const id = appended.entry.entry_id;
    if (!appended.dup || unsettled.has(id)) writeLine(deps.auditLogger, deps.requiredFields, appended);
    unsettled.delete(id);
    return appended;
  }

  async function commit(built: BuiltEntry): Promise<Appended> {
    if (built.spilled) await putBlob(deps.db, built.spilled.text, 'application/json');
    try {
      const row = await appendBody(deps.db, built.body);
      return { ...toRecorded(row), dup: row.dup };
    } catch (error) {
      if (error instanceof StoreDown) {
        if (unsettled.size < MAX_UNSETTLED) unsettled.add(built.entry.entry_id);
        deps.log.warn({ err: error, entryId: built.entry.entry_id }, 'an append got no answer; nothing may act on it');
      }
      throw error;
    }
  }

  return {
    append,
    find: (key) => findEntry(deps.db, key),
    list: (runId) => readEntries(deps.db, runId),
  };
}

/** One round trip and one transaction of its own: the row is committed when this returns. @throws {StoreDown} */
async function appendBody(db: Db, body: string): Promise<StoredRow & { dup: boolean }> {
  const { rows } = await sql<StoredRow & { dup: boolean }>`select * from audit.append(${body})`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('audit.append returned no row');
  return row;
}

function writeLine(logger: Logger, required: readonly RequiredField[], { receipt, entry, recordedAt }: Appended): void {
  logger.info(
    {
      seq: receipt.seq,
      chain_hash: receipt.chainHash,
      recorded_at: recordedAt.toISOString(),
      entry_id: entry.entry_id,
      trace_id: entry.trace_id,
      stage: entry.stage,
      step: entry.step,
      n: entry.n,
      outcome: entry.outcome,
      actor: entry.actor,
      profile: entry.profile,
      dry_run: entry.dry_run,
      ...Object.fromEntries(required.map((field) => [field, entry[field]])),
    },
    entry.event,
  );
}
