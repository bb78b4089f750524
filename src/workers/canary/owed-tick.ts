import type { Recorded } from '../../audit/audit-log.ts';
import type { TickSample } from '../../delivery/judge/tick-sample.ts';

/**
 * The newest tick, where its replica died before it was judged, or before anything came of a PASS or FAIL: it is looked at
 * again before another one is taken. The judge passes a canary at the end of a window only, so a verdict that is lost there
 * would be another verdict at the next tick. Null where none is owed, or where it is too old to act on. Pure.
 */
export function findOwedTick(facts: {
  readonly entries: readonly Recorded[];
  /** In order. */
  readonly ticks: readonly TickSample[];
  /** The share that it waits for at a gate: what it passed there stands on the record. */
  readonly gatePct: number | null;
  readonly now: Date;
  /** How long a canary may go unwatched, seconds. Past half of it a guard may be about to take it out: then only a new look counts. */
  readonly holdS: number;
}): number | null {
  const { entries, ticks, gatePct, now, holdS } = facts;
  const last = ticks.at(-1);
  if (last === undefined || now.getTime() - Date.parse(last.at) > (holdS * 1000) / 2) return null;
  const ofTick = entries.filter(({ entry: { stage, n } }) => stage === 'canary' && n === last.n);
  const judged = ofTick.find(({ entry }) => entry.event === 'canary_tick');
  if (judged === undefined) return last.n;
  const { outcome } = judged.entry;
  if (outcome === 'FAIL') return last.n;
  if (outcome !== 'PASS' || gatePct !== null) return null;
  const acted = ofTick.some(
    ({ entry: { event, step } }) => event === 'canary_weight.intended' && (step === 'step' || step === 'drift'),
  );
  return acted ? null : last.n;
}
