import type { SlipwayFile } from '../config/schema.ts';
import { LeaseLost, RunOver, StoreDown } from '../errors.ts';
import type { Logger } from '../log.ts';
import { putBlob } from '../store/blobs.ts';
import { makeGroupCommit } from '../store/group-commit.ts';
import type { Db } from '../store/open-database.ts';
import { type Answer, appendBatch } from './append-batch.ts';
import type { Appended, AuditLog, EntryDraft, Recorded, RunFacts } from './audit-log.ts';
import { type BuiltEntry, buildEntry, type RequiredField } from './build-entry.ts';
import type { Entry } from './entry.ts';
import { EntryRefused } from './entry-refused.ts';
import { remember } from './known-entries.ts';
import { findEntry, listEntries, toRecorded } from './read-entries.ts';
import { makeReceipt } from './receipt.ts';

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
/** Bounds of one statement: some ten milliseconds of the log's one writer. */
const MAX_ENTRIES = 128;
const MAX_BYTES = 1024 * 1024;
/** A commit more must cost less than what it lets PostgreSQL and this process do at the same time. */
const HALVE_ABOVE = 16;

/** The record over PostgreSQL. There is no way to pause it, to buffer behind it or to write around it. */
export function makeAuditLog(deps: AuditLogDeps): AuditLog {
  /** Ids whose append may have been committed unseen: when they turn up as duplicates, their line is still owed. */
  const unsettled = new Set<string>();
  const commits = makeGroupCommit<Answer>({
    send: (bodies) => appendBatch(deps.db, bodies),
    settled: () => deps.auditLogger.flush(),
    isUncertain: (error) => error instanceof StoreDown,
    maxEntries: MAX_ENTRIES,
    maxBytes: MAX_BYTES,
    halveAbove: HALVE_ABOVE,
  });

  async function appendAll(run: RunFacts | null, drafts: readonly EntryDraft[]): Promise<Appended[]> {
    const built = drafts.map((draft) =>
      buildEntry(run, draft, {
        profile: deps.config.profile,
        requiredFields: deps.requiredFields,
        version: deps.version,
        now: deps.now(),
      }),
    );
    for (const { spilled } of built) if (spilled) await putBlob(deps.db, spilled.text, 'application/json');
    try {
      return await commits.commit(
        built.map(({ body }) => body),
        (answers) => settle(built, answers),
      );
    } catch (error) {
      if (error instanceof StoreDown) oweLines(built, error);
      throw error;
    }
  }

  /** Called in the order of the log, so its lines stand in that order too. */
  function settle(built: readonly BuiltEntry[], answers: readonly Answer[]): Appended[] {
    const appended: Appended[] = [];
    const refused: string[] = [];
    for (const [index, { entry, body }] of built.entries()) {
      const answer = answers[index];
      if (answer === undefined) throw new Error('the log left an entry without an answer');
      if (answer.status === 'refused') {
        refused.push(answer.reason);
        continue;
      }
      const dup = answer.status === 'dup';
      const recorded = dup ? toRecorded(answer.stored) : toNew(remember(body, entry), answer);
      appended.push({ ...recorded, dup });
      if (!dup || unsettled.has(entry.entry_id)) writeLine(deps.auditLogger, deps.requiredFields, recorded);
      unsettled.delete(entry.entry_id);
    }
    const [reason] = refused;
    if (reason !== undefined) throw refusal(reason);
    return appended;
  }

  function oweLines(built: readonly BuiltEntry[], error: StoreDown): void {
    for (const { entry } of built) {
      if (unsettled.size < MAX_UNSETTLED) unsettled.add(entry.entry_id);
      deps.log.warn({ err: error, entryId: entry.entry_id }, 'an append got no answer; nothing may act on it');
    }
  }

  return {
    async append(run, draft) {
      const [appended] = await appendAll(run, [draft]);
      if (appended === undefined) throw new Error('an append of one entry returned none');
      return appended;
    },
    appendAll,
    find: (key) => findEntry(deps.db, key),
    list: (runId) => listEntries(deps.db, runId),
  };
}

function toNew(entry: Entry, { seq, chainHash, recordedAt }: Extract<Answer, { status: 'appended' }>): Recorded {
  return { receipt: makeReceipt(seq, chainHash), entry, recordedAt };
}

function refusal(reason: string): Error {
  const [code, detail = reason] = reason.split(': ', 2);
  if (code === 'lease_lost') return new LeaseLost(detail);
  if (code === 'run_over') return new RunOver(detail);
  return new EntryRefused([{ field: 'entry', problem: reason }]);
}

function writeLine(logger: Logger, required: readonly RequiredField[], { receipt, entry, recordedAt }: Recorded): void {
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
