import type { Recorded } from '../audit/audit-log.ts';
import { findEntry } from './authorise.ts';

/** Who ended a canary; `nobody` while it goes on. Only the judge's own word can be judged again. */
export type CanaryEnder =
  | 'judge'
  | 'person'
  | 'deadline'
  | 'guard'
  | 'unwatched'
  | 'freeze'
  | 'stop'
  | 'dry_run'
  | 'other'
  | 'nobody';

export interface CanaryEnding {
  readonly by: CanaryEnder;
  readonly why: string;
  /** The verdict on the record, whoever's it is; null where the canary was ended without one. */
  readonly verdict: Recorded | null;
  /** Why what was to become production after its verdict did not; null where nothing came between. */
  readonly afterwards: string | null;
}

/** How the canary of a run came to its end, from the run's record alone. Pure. */
export function readCanaryEnding(entries: readonly Recorded[]): CanaryEnding {
  const verdict = findEntry(entries, 'canary_verdict', 'canary');
  if (verdict === undefined) return { ...endedWithoutVerdict(entries), verdict: null, afterwards: null };
  return { by: whoseVerdict(entries, verdict), why: verdict.entry.rationale, verdict, afterwards: takenBack(entries) };
}

function whoseVerdict(entries: readonly Recorded[], { entry: { payload } }: Recorded): CanaryEnder {
  if (payload['described'] === true) return 'dry_run';
  if (payload['cause'] === 'unwatched') return 'unwatched';
  const seq = payload['decided_by'];
  if (seq === undefined) return 'judge';
  const decision = entries.find(({ receipt }) => receipt.seq === seq);
  return decision?.entry.actor.kind === 'human' ? 'person' : 'deadline';
}

function endedWithoutVerdict(entries: readonly Recorded[]): Pick<CanaryEnding, 'by' | 'why'> {
  const frozen = findEntry(entries, 'autonomous_rollback', 'canary');
  if (frozen?.entry.outcome === 'frozen') return { by: 'freeze', why: frozen.entry.rationale };
  const zeroed = findEntry(entries, 'guard_zeroed', 'canary');
  const stop = findEntry(entries, 'stop_requested');
  // A canary that was stopped may be zeroed by a guard under the way, and the other way round: what came first ended it.
  const first = entries.find((entry) => entry === zeroed || entry === stop);
  if (first !== undefined) return { by: first === zeroed ? 'guard' : 'stop', why: first.entry.rationale };
  const finished = findEntry(entries, 'run_finished');
  if (finished !== undefined) return { by: 'other', why: finished.entry.rationale };
  return { by: 'nobody', why: 'the canary goes on' };
}

function takenBack(entries: readonly Recorded[]): string | null {
  if (findEntry(entries, 'production_release', 'canary') !== undefined) return null;
  const verdict = findEntry(entries, 'canary_verdict', 'canary');
  const ended = findEntry(entries, 'autonomous_rollback', 'canary') ?? findEntry(entries, 'stop_requested');
  return ended === undefined || ended.entry.rationale === verdict?.entry.rationale ? null : ended.entry.rationale;
}
