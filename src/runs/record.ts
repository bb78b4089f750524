import type { Appended, AuditLog, EntryDraft, Recorded, RunFacts } from '../audit/audit-log.ts';
import type { Entry, EntryKey, Event, Stage } from '../audit/entry.ts';
import { RunId } from '../ids.ts';
import type { Run } from '../store/tables.ts';

const SYSTEM_ACTOR: Entry['actor'] = { kind: 'system', id: 'slipway' };

/** The parts of a run that each of its entries repeats. */
function runFactsOf(run: Run, policyHash: string): RunFacts {
  return {
    id: RunId.parse(run.id),
    repo: run.repo,
    service: run.service,
    pr_number: run.pr_number,
    head_sha: run.head_sha,
    base_sha: run.base_sha,
    author: run.author,
    risk_score: run.risk_score,
    policy_hash: policyHash,
    profile: run.profile,
    dry_run: run.dry_run,
  };
}

/** A run's record as one stage sees it: what is on it, and a short way to add to it. */
export interface RunRecord {
  find(stage: EntryKey['stage'], step: string, event: Event, n?: number): Promise<Recorded | null>;
  list(): Promise<Recorded[]>;
  /** Appends, or returns what already holds the key. */
  append(draft: RecordDraft): Promise<Appended>;
  /** The same for what becomes known together: one commit, in this order. */
  appendAll(drafts: readonly RecordDraft[]): Promise<Appended[]>;
}

export type RecordDraft = Omit<EntryDraft, 'run_id' | 'stage' | 'n' | 'actor'> & {
  stage: Stage | 'enqueue' | 'operator';
  n?: number;
  actor?: Entry['actor'];
};

/** `policyHash` is the policy of who writes, which may have changed since the run was enqueued. */
export function openRecord(audit: AuditLog, run: Run, policyHash: string = run.policy_hash): RunRecord {
  const facts = runFactsOf(run, policyHash);
  const whole = (draft: RecordDraft) => ({ actor: SYSTEM_ACTOR, ...draft, run_id: facts.id, n: draft.n ?? 0 });
  return {
    find: (stage, step, event, n = 0) => audit.find({ run_id: facts.id, stage, step, event, n }),
    list: () => audit.list(facts.id),
    append: (draft) => audit.append(facts, whole(draft)),
    appendAll: (drafts) => audit.appendAll(facts, drafts.map(whole)),
  };
}

/** What stands on a run's record from a moment on. */
export interface Reading {
  readonly at: number;
  readonly entries: Promise<Recorded[]>;
}

/** Reads a run's record while something else is asked for too. What it throws, it throws to who waits for the entries. */
export function beginReading(audit: Pick<AuditLog, 'list'>, runId: RunId): Reading {
  const reading = { at: performance.now(), entries: audit.list(runId) };
  reading.entries.catch(() => {});
  return reading;
}

/** How long what a step has read of the record is taken to be all there is, in milliseconds. */
const READ_FRESH_MS = 1_000;

/**
 * The record for one step, which asks it many times: read once, added to by what the step itself appends, and read again
 * when that was a while ago or when an append shows that somebody else has written. What is settled by keys stays so:
 * an append answers with what is stored, whatever was read before. `begun` is a reading that was begun already.
 */
export function openStepRecord(audit: AuditLog, run: Run, policyHash: string, begun: Reading | null = null): RunRecord {
  const record = openRecord(audit, run, policyHash);
  let read = begun;

  function list(): Promise<Recorded[]> {
    if (read !== null && performance.now() - read.at <= READ_FRESH_MS) return read.entries;
    const reading = beginReading(audit, RunId.parse(run.id));
    read = reading;
    reading.entries.catch(() => {
      if (read === reading) read = null;
    });
    return reading.entries;
  }

  async function appendAll(drafts: readonly RecordDraft[]): Promise<Appended[]> {
    const before = read;
    const known = await before?.entries.catch(() => undefined);
    try {
      const appended = await record.appendAll(drafts);
      const alone = known !== undefined && read === before && appended.every(({ dup }) => !dup);
      read = alone && before ? { at: before.at, entries: Promise.resolve([...known, ...appended]) } : null;
      return appended;
    } catch (error) {
      // It may stand nevertheless.
      read = null;
      throw error;
    }
  }

  return {
    list,
    appendAll,
    async find(stage, step, event, n = 0) {
      const key = (entry: Entry) =>
        entry.stage === stage && entry.step === step && entry.event === event && entry.n === n;
      return (await list()).find(({ entry }) => key(entry)) ?? null;
    },
    async append(draft) {
      const [appended] = await appendAll([draft]);
      if (appended === undefined) throw new Error('an append of one entry returned none');
      return appended;
    },
  };
}
