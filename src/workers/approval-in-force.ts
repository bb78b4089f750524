import type { Recorded } from '../audit/audit-log.ts';
import { decidePolicy } from '../policy/decide-policy.ts';
import { effectivePolicy } from '../policy/effective-policy.ts';
import { mayDecide } from '../policy/people.ts';
import { policySettings } from '../policy/policy-settings.ts';
import { findEntry } from '../runs/authorise.ts';
import { parsePolicyCase } from '../runs/parse-policy-case.ts';
import { readApprovalRules } from '../runs/read-approval-rules.ts';
import { readPolicyRecord } from '../runs/read-policy-record.ts';
import { wholePayload } from '../runs/whole-payload.ts';
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
  const decision = entries.findLast(
    ({ entry }) => entry.event === 'human_decision' && entry.stage !== 'canary' && entry.outcome === 'approve',
  );
  const bound = decision?.entry.payload['effective_policy'];
  if (decision === undefined) return readAutomatedState(ports, { run, record, service }, entries, signal);
  // Approved by a version that did not bind to it.
  if (bound === undefined) return { kind: 'holds' };
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

/**
 * Nobody was asked. Where the policy has changed in a way that matters, what is recorded of the review is decided again under the policy
 * of now; the rollout has had its say.
 */
async function readAutomatedState(
  ports: StagePorts & { readonly repository: PolicyRepository },
  { run, service }: Pick<Entered, 'run' | 'record' | 'service'>,
  entries: readonly Recorded[],
  signal: AbortSignal,
): Promise<ApprovalState> {
  const review = findEntry(entries, 'review_evaluation', 'review');
  const policy = await readPolicyRecord(ports.db, entries);
  // Without a review nothing is authorised anyway; one of an older version says nothing about its policy.
  if (review === undefined || policy === null) return { kind: 'holds' };
  const branch = await readBranchPolicy(ports.repository, service.repository, run, signal);
  if (policy.effective_policy === effectivePolicy(ports.config, run.service, branch).digest) return { kind: 'holds' };
  const about = { service: run.service, author: run.author, emergency: run.emergency_reason !== null };
  const given = parsePolicyCase(about, await wholePayload(ports.db, review), policy);
  if (given === null) return { kind: 'void', decision: review, why: 'the policy has changed since it was automated' };
  const { route } = decidePolicy({ ...given, branch }, policySettings(ports.config, run.service, 100));
  if (route.route === 'automated') return { kind: 'holds' };
  const why = route.reasons.map(({ text }) => text).join('; ');
  return { kind: 'void', decision: review, why: `under the policy of now a person decides: ${why}` };
}
