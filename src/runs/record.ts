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

type RecordDraft = Omit<EntryDraft, 'run_id' | 'stage' | 'n' | 'actor'> & {
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
