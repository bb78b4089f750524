import type { Recorded } from '../../audit/audit-log.ts';
import type { TickSample } from '../../delivery/judge/tick-sample.ts';
import { type CanaryPath, isGated } from '../../policy/canary-path.ts';
import { type IntendedShare, nextStagePct } from './canary-share.ts';

/** The share of a canary that is production. */
export const PRODUCTION_PCT = 100;

/**
 * The share that a canary waits to be given by a person, percent: it passed at the one it has, and a gate stands before the
 * next. Read from the record, so that whoever dies between the PASS and the question loses neither. Null where none does. Pure.
 */
export function findOpenGate(facts: {
  readonly entries: readonly Recorded[];
  readonly ticks: readonly TickSample[];
  readonly share: IntendedShare;
  readonly path: CanaryPath;
}): number | null {
  const { entries, ticks, share, path } = facts;
  const next = nextStagePct(share.pct, path.steps) ?? PRODUCTION_PCT;
  if (!isGated(path, share.pct, next)) return null;
  // It is passed only where the share that it passed at was in force.
  const inForce = (n: number) => ticks.find((tick) => tick.n === n)?.snapshot?.canary_pct === share.pct;
  const passed = entries.some(
    ({ entry: { stage, event, outcome, n } }) =>
      stage === 'canary' && event === 'canary_tick' && outcome === 'PASS' && n > (share.raisedAt ?? -1) && inForce(n),
  );
  return passed ? next : null;
}
