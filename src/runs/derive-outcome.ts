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
  const stopped = findEntry(entries, 'stop_requested');
  if (stopped) return { outcome: stopped.entry.outcome === 'superseded' ? 'superseded' : 'cancelled', reason: stopped.entry.rationale, decidedBy: stopped };
  const refused = entries.findLast((e) => e.entry.event === 'human_decision' && e.entry.outcome !== 'approve');
  if (refused) return { outcome: 'rejected', reason: refused.entry.outcome, decidedBy: refused };
  const unresolved = entries.findLast((e) => e.entry.event === 'change_resolved' && e.entry.outcome === 'blocked');
  if (unresolved) return { outcome: 'blocked', reason: String(unresolved.entry.payload['reason']), decidedBy: unresolved };
  const rejection = findEntry(entries, 'staging_rejection');
  if (rejection) return { outcome: 'blocked', reason: rejection.entry.outcome, decidedBy: rejection };
  return { outcome: 'failed', reason: 'a stage ended without a decision', decidedBy: null };
}
