import type { Kysely } from 'kysely';
import type { AuditLog, Recorded } from '../audit/audit-log.ts';
import { Stage } from '../audit/entry.ts';
import type { Database, Run } from '../store/tables.ts';
import { closeQuestion } from './decide-run.ts';
import { openRecord } from './record.ts';

/** Writes `expired` under the decision's key, unless a person was first; returns what stands. */
export async function expireQuestion(
  db: Kysely<Database>,
  audit: AuditLog,
  run: Run,
  stage: string,
): Promise<Recorded> {
  const decision = await openRecord(audit, run).append({
    stage: Stage.parse(stage),
    step: 'route',
    event: 'human_decision',
    rationale: 'nobody decided before the deadline, which counts as no',
    outcome: 'expired',
    payload: { head_sha: run.head_sha, base_sha: run.base_sha, policy_hash: run.policy_hash },
  });
  await closeQuestion(db, run.id, stage, decision.entry.outcome);
  return decision;
}
