import type { Recorded } from '../audit/audit-log.ts';
import type { Event } from '../audit/entry.ts';
import { findEntry } from '../runs/authorise.ts';

/** Entries that say whether a canary may have traffic; the rest of a run's record is not read. */
export const CANARY_EVENTS: readonly Event[] = [
  'canary_started',
  'canary_weight.intended',
  'canary_weight.completed',
  'canary_stop.completed',
  'canary_halt.completed',
  'canary_halt.failed',
  'canary_halt.unknown',
  'promotion.intended',
  'production_release',
  'autonomous_rollback',
  'guard_zeroed',
];

export type CanaryPhase =
  /** It may be taken to zero, and has no traffic yet. */
  | 'started'
  | 'traffic'
  /** It passed; what is left is to make it production. */
  | 'promoting'
  /** It is production, at zero, or stopped; or it never started. */
  | 'over';

/** What the record says of a run's canary. Pure. */
export function phaseOf(entries: readonly Recorded[]): CanaryPhase {
  if (findEntry(entries, 'canary_started') === undefined) return 'over';
  const ended =
    findEntry(entries, 'production_release') ??
    findEntry(entries, 'canary_stop.completed') ??
    findEntry(entries, 'autonomous_rollback');
  if (ended !== undefined) return 'over';
  if (findEntry(entries, 'canary_weight.completed')?.entry.payload['pct'] === 0) return 'over';
  if (findEntry(entries, 'promotion.intended') !== undefined) return 'promoting';
  return findEntry(entries, 'canary_weight.intended') === undefined ? 'started' : 'traffic';
}

/** Whether its worker could take the canary neither out of traffic nor down. Pure. */
export function isHandedOver(entries: readonly Recorded[]): boolean {
  if (findEntry(entries, 'canary_halt.completed') !== undefined) return false;
  return (findEntry(entries, 'canary_halt.failed') ?? findEntry(entries, 'canary_halt.unknown')) !== undefined;
}
