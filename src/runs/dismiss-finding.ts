import { sql } from 'kysely';
import { mayDecide, NOT_A_PERSON } from '../policy/people.ts';
import type { Run } from '../store/tables.ts';
import type { Caller } from './caller.ts';
import { readFindings, type StoredFinding } from './finding-store.ts';
import { readApprovalRules } from './read-approval-rules.ts';
import { openRecord } from './record.ts';
import type { RunDeps } from './run-deps.ts';

export type DismissalResult =
  | { kind: 'dismissed'; finding: StoredFinding }
  | {
      kind: 'refused';
      why: 'unknown_finding' | 'ambiguous_finding' | 'not_a_person' | 'wrote_the_change';
      detail: string;
    };

/** Enough of a fingerprint to type. */
const SHORTEST_NAME = 8;

/**
 * Records that a person takes a finding for no problem of this pull request. From the next head on it moves no score; a
 * serious one still asks for a person, who then sees by whom and why it was dismissed. Nobody dismisses a finding about what
 * they wrote. The first dismissal of a run stands.
 */
export async function dismissFinding(
  deps: Pick<RunDeps, 'db' | 'audit' | 'config'>,
  run: Run,
  request: { readonly fingerprint: string; readonly reason: string },
  caller: Caller,
): Promise<DismissalResult> {
  if (caller.person === null)
    return {
      kind: 'refused',
      why: 'not_a_person',
      detail: NOT_A_PERSON,
    };
  const named = (await readFindings(deps.db, run)).filter(
    ({ finding }) => request.fingerprint.length >= SHORTEST_NAME && finding.fingerprint.startsWith(request.fingerprint),
  );
  const [found, other] = named;
  if (found === undefined)
    return {
      kind: 'refused',
      why: 'unknown_finding',
      detail: `this pull request has no finding ${request.fingerprint}`,
    };
  if (other !== undefined)
    return {
      kind: 'refused',
      why: 'ambiguous_finding',
      detail: `more than one finding begins with ${request.fingerprint}`,
    };
  const record = openRecord(deps.audit, run, deps.config.policy_hash);
  const { excluded } = await readApprovalRules(deps.db, deps.config, record, run);
  // Whoever may not approve may not take out of the sum what an approval would have to answer for.
  const allowed = mayDecide({ person: caller.person, excluded, alreadyApproved: [] });
  if (allowed.kind === 'refused')
    return {
      kind: 'refused',
      why: allowed.why === 'not_a_person' ? 'not_a_person' : 'wrote_the_change',
      detail: allowed.detail,
    };
  const { fingerprint, category, severity, path, line } = found.finding;
  const recorded = await record.append({
    stage: 'operator',
    step: `finding.${fingerprint.slice(0, 16)}`,
    event: 'finding_dismissed',
    actor: { kind: 'human', id: caller.person },
    rationale: request.reason,
    outcome: 'dismissed',
    payload: { fingerprint, category, severity, path, line },
  });
  const by = { dismissed_by: recorded.entry.actor.id, dismissed_reason: recorded.entry.rationale };
  await deps.db
    .updateTable('slipway.findings')
    .set({ ...by, state: 'dismissed', updated_at: sql`now()` })
    .where('repo', '=', run.repo)
    .where('pr_number', '=', run.pr_number)
    .where('fingerprint', '=', fingerprint)
    .execute();
  return { kind: 'dismissed', finding: { ...found, ...by, state: 'dismissed' } };
}
