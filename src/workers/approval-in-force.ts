import type { Recorded } from '../audit/audit-log.ts';
import { effectivePolicy } from '../policy/effective-policy.ts';
import { mayDecide } from '../policy/people.ts';
import { readApprovalRules } from '../runs/read-approval-rules.ts';
import type { Entered, StagePorts } from './enter-stage.ts';
import { type PolicyRepository, readBranchPolicy } from './read-policy.ts';

export type ApprovalState =
  /** Nobody was asked, or what they approved is what would be done. */
  { kind: 'holds' } | { kind: 'void'; decision: Recorded; why: string };

/**
 * Whether the last approval of a run still stands before something is done on its strength: for this head, under the policy
 * for the service as server and target branch have it now, by somebody who may approve. That the base is the same in
 * all that matters is seen where a merge is remade: by the diff.
 */
export async function readApprovalState(
  ports: StagePorts & { readonly repository: PolicyRepository },
  { run, record, service }: Pick<Entered, 'run' | 'record' | 'service'>,
  signal: AbortSignal,
): Promise<ApprovalState> {
  const entries = await record.list();
  const decision = entries.findLast(({ entry }) => entry.event === 'human_decision' && entry.outcome === 'approve');
  const bound = decision?.entry.payload['effective_policy'];
  // Approved by a version that did not bind to it.
  if (decision === undefined || bound === undefined) return { kind: 'holds' };
  if (decision.entry.payload['head_sha'] !== run.head_sha)
    return { kind: 'void', decision, why: 'the approval is of another head' };
  const branch = await readBranchPolicy(ports.repository, service.repository, run, signal);
  if (bound !== effectivePolicy(ports.config, run.service, branch).digest)
    return { kind: 'void', decision, why: 'the policy for the service has changed since it was approved' };
  const { excluded } = await readApprovalRules(ports.db, ports.config, record, run);
  const allowed = mayDecide({ person: decision.entry.actor.id, excluded, alreadyApproved: [] });
  return allowed.kind === 'ok'
    ? { kind: 'holds' }
    : { kind: 'void', decision, why: `who approved it may not any more: ${allowed.detail}` };
}
