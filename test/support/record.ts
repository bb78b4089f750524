import { randomBytes } from 'node:crypto';
import type { EntryDraft, RunFacts } from '../../src/audit/audit-log.ts';
import { type BuiltEntry, buildEntry } from '../../src/audit/build-entry.ts';
import { chainHash, GENESIS, type LogRow, leafHash } from '../../src/audit/chain.ts';
import { makeAuditLog } from '../../src/audit/make-audit-log.ts';
import { auditLoggerOver } from '../../src/audit/make-audit-logger.ts';
import { digestOf, newRunId, type RunId, Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { type Db, openDatabase, type StoreLimits } from '../../src/store/open-database.ts';
import type { NewRun, Run } from '../../src/store/tables.ts';

export const REQUIRED = ['pr_number', 'author', 'risk_score', 'rationale', 'timestamp', 'agent_version'] as const;

export function makeSha(): Sha {
  return Sha.parse(randomBytes(20).toString('hex'));
}

export function makeRunFacts(over: Partial<RunFacts> = {}): RunFacts {
  return {
    id: newRunId(),
    repo: 'acme/shop',
    service: 'shop',
    pr_number: 42,
    head_sha: makeSha(),
    base_sha: makeSha(),
    author: 'ada',
    risk_score: null,
    policy_hash: digestOf('policy'),
    profile: 'production',
    dry_run: false,
    ...over,
  };
}

export function makeDraft(runId: RunId | null, over: Partial<EntryDraft> = {}): EntryDraft {
  return {
    run_id: runId,
    stage: 'review',
    step: 'evaluate',
    event: 'review_evaluation',
    n: 0,
    actor: { kind: 'system', id: 'policy' },
    rationale: 'Nothing above the threshold.',
    outcome: 'reviewed',
    payload: { route: 'automated' },
    ...over,
  };
}

export function build(run: RunFacts | null, over: Partial<EntryDraft> = {}): BuiltEntry {
  return buildEntry(run, makeDraft(run?.id ?? null, over), {
    profile: 'production',
    requiredFields: REQUIRED,
    version: 'slipway/0.0.0-test',
    now: new Date('2026-11-23T12:00:00.000Z'),
  });
}

/** A log in memory as the database would hold it, one row a second. */
export function chainRows(bodies: readonly string[]): LogRow[] {
  let prevHash = GENESIS;
  return bodies.map((body, index) => {
    const seq = String(index);
    const recordedAt = new Date(Date.UTC(2026, 10, 23, 12, 0, index));
    const leaf = leafHash(body);
    const row = {
      seq,
      recordedAt,
      body,
      leafHash: leaf,
      prevHash,
      chainHash: chainHash(prevHash, leaf, seq, recordedAt),
      columns: null,
    };
    prevHash = row.chainHash;
    return row;
  });
}

/** Puts a run into the database, so that what refers to it can stand there too. */
export function insertRun(db: Db, run: RunFacts, over: Partial<NewRun> = {}): Promise<Run> {
  return db
    .insertInto('slipway.runs')
    .values({
      ...run,
      attempt: 1,
      title: 'A change',
      target_sha: null,
      merge_sha: null,
      artifact: null,
      stage: 'review',
      status: 'running',
      waiting_for: null,
      route: null,
      outcome: null,
      outcome_reason: null,
      stop_kind: null,
      stop_reason: null,
      superseded_by: null,
      finished_at: null,
      ...over,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** For tests that crowd a busy machine: there, waiting long is no failure. */
export const PATIENT: StoreLimits = {
  lock: 30_000,
  statement: 30_000,
  query: 40_000,
  connect: 30_000,
  idleInTransaction: 30_000,
};

/** An open log on a database, the lines it shipped, and what closes it. */
export function openLog(url: string, options: { limitsMs?: Partial<StoreLimits> } = {}) {
  const log = makeLogger({ level: 'silent', name: 'test' });
  const store = openDatabase(url, { poolSize: 8, log, ...options });
  const lines: Record<string, unknown>[] = [];
  const audit = makeAuditLog({
    db: store.db,
    config: { profile: 'production' },
    requiredFields: REQUIRED,
    version: 'slipway/0.0.0-test',
    now: () => new Date(),
    auditLogger: auditLoggerOver({
      write: (text) =>
        void lines.push(
          ...text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line)),
        ),
    }),
    log,
  });
  return { audit, db: store.db, lines, close: store.close };
}
