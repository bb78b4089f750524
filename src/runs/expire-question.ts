import type { Kysely } from 'kysely';
import type { AuditLog, Recorded } from '../audit/audit-log.ts';
import { Stage } from '../audit/entry.ts';
import type { Database, Run } from '../store/tables.ts';
import { closeQuestion } from './close-question.ts';
import { fenceOfEntry, type Hold } from './hold.ts';
import { openRecord, type RunRecord } from './record.ts';

/**
 * Writes `expired` under the decision's key, unless a person was first; returns what stands. A live canary's question is expired
 * under its lease, by whomever.
 * @throws {LeaseLost} when the lease went on.
 */
export async function expireQuestion(
  db: Kysely<Database>,
  audit: AuditLog,
  run: Run,
  stage: string,
  n = 0,
  hold: Pick<Hold, 'lease'> = { lease: null },
): Promise<Recorded> {
  const decision = await openRecord(audit, run).append({
    stage: Stage.parse(stage),
    step: 'route',
    event: 'human_decision',
    n,
    rationale: 'nobody decided before the deadline, which counts as no',
    outcome: 'expired',
    payload: { head_sha: run.head_sha, base_sha: run.base_sha, policy_hash: run.policy_hash, ...fenceOfEntry(hold) },
  });
  await closeQuestion(db, run.id, stage, n, decision.entry.outcome);
  return decision;
}

/**
 * Takes a question about a live canary back, because it is about to be ended: what somebody decides afterwards is refused
 * with the reason. Whoever decided before stays on the record; returns what stands.
 * @throws {LeaseLost} when the lease went on: the canary is somebody else's to end.
 */
export async function withdrawQuestion(
  db: Kysely<Database>,
  record: RunRecord,
  run: Run,
  n: number,
  why: string,
  hold: Pick<Hold, 'lease'>,
): Promise<Recorded> {
  const decision = await record.append({
    stage: 'canary',
    step: 'route',
    event: 'human_decision',
    n,
    rationale: why,
    outcome: 'withdrawn',
    payload: { head_sha: run.head_sha, base_sha: run.base_sha, artifact: run.artifact, ...fenceOfEntry(hold) },
  });
  await closeQuestion(db, run.id, 'canary', n, decision.entry.outcome);
  return decision;
}
