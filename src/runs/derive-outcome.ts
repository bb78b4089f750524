import type { Recorded } from '../audit/audit-log.ts';
import type { Outcome } from '../audit/entry.ts';
import { findEntry } from './authorise.ts';

export interface DerivedOutcome {
  readonly outcome: Outcome;
  readonly reason: string;
  /** The entry that decided it; null when nothing on the record explains the end. */
  readonly decidedBy: Recorded | null;
}

/**
 * The outcome of a run from its record alone, exactly one. What reached production outweighs what was asked of the run
 * later: a stop that came after the promotion does not undo it.
 */
export function deriveOutcome(entries: readonly Recorded[]): DerivedOutcome {
  const released = findEntry(entries, 'production_release');
  if (released) return { outcome: 'deployed', reason: 'the canary passed and was promoted', decidedBy: released };
  const rolledBack = findEntry(entries, 'autonomous_rollback');
  if (rolledBack) return { outcome: 'rolled_back', reason: rolledBack.entry.outcome, decidedBy: rolledBack };
  // The first entry that ended the run counts: what was refused before somebody cancelled it stays refused.
  for (const entry of entries) {
    const ended = endedBy(entry);
    if (ended !== null) return { ...ended, decidedBy: entry };
  }
  return { outcome: 'failed', reason: 'a stage ended without a decision', decidedBy: null };
}

function endedBy(recorded: Recorded): Pick<DerivedOutcome, 'outcome' | 'reason'> | null {
  const { event, stage, outcome, rationale, payload } = recorded.entry;
  if (event === 'stop_requested')
    return { outcome: outcome === 'superseded' ? 'superseded' : 'cancelled', reason: rationale };
  // What people say of a live canary ends in a rollback or a release, which is another entry.
  if (event === 'human_decision' && stage !== 'canary' && outcome !== 'approve')
    return { outcome: 'rejected', reason: outcome };
  if (event === 'change_resolved' && outcome === 'blocked')
    return { outcome: 'blocked', reason: typeof payload['reason'] === 'string' ? payload['reason'] : rationale };
  if (event === 'staging_rejection') return { outcome: 'blocked', reason: outcome };
  return null;
}
