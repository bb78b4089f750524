import type { Thresholds } from '../../config/schema.ts';
import { judgeCanary } from './judge-canary.ts';
import type { CanaryJudgement } from './judgement.ts';
import type { TickSample } from './tick-sample.ts';

export interface Replay {
  /** The tick at which the verdict fell, or the last one while there is none. */
  readonly tick: number;
  readonly judgement: CanaryJudgement;
}

/**
 * Judges recorded samples as the live canary did: after each tick, from all samples so far, until there is a verdict. PASS
 * is looked at only at the ends of windows, so judging the whole at once could give another answer. Null without samples.
 */
export function replayCanary(ticks: readonly TickSample[], limits: Thresholds): Replay | null {
  const ordered = ticks.toSorted((a, b) => a.n - b.n);
  let replay: Replay | null = null;
  for (const [index, { n: tick }] of ordered.entries()) {
    replay = { tick, judgement: judgeCanary({ ticks: ordered.slice(0, index + 1), limits }) };
    const { verdict } = replay.judgement;
    if (verdict === 'PASS' && (wasRaised(ordered, index) || waitedAtGate(ordered, index))) continue;
    if (verdict === 'INCONCLUSIVE' && (wasExtended(ordered, index) || wasLetPast(ordered, index))) continue;
    if (verdict !== 'CONTINUE') return replay;
  }
  return replay;
}

/** What the judge says after each of these samples, from it and all before, whatever came of that. */
export function replayTicks(ticks: readonly TickSample[], limits: Thresholds): Replay[] {
  const ordered = ticks.toSorted((a, b) => a.n - b.n);
  return ordered.map(({ n: tick }, index) => ({
    tick,
    judgement: judgeCanary({ ticks: ordered.slice(0, index + 1), limits }),
  }));
}

/** A canary in steps passes at each of them; only the last PASS is its verdict. */
function wasRaised(ordered: readonly TickSample[], index: number): boolean {
  const pct = ordered[index]?.intended_pct ?? 0;
  return ordered.slice(index + 1).some((tick) => (tick.intended_pct ?? 0) > pct);
}

/** It passed, and then a person was asked before anything came of it. */
function waitedAtGate(ordered: readonly TickSample[], index: number): boolean {
  const pct = ordered[index]?.intended_pct ?? 0;
  return ordered.slice(index + 1).some((tick) => tick.gate_pct !== undefined && (tick.intended_pct ?? 0) === pct);
}

/** A person who let it past a gate at the last moment was in time, although the next look found the time over. */
function wasLetPast(ordered: readonly TickSample[], index: number): boolean {
  return ordered[index]?.gate_pct !== undefined && wasRaised(ordered, index);
}

/** A person who let it go on at the last moment was in time, although the next look found the hold over. */
function wasExtended(ordered: readonly TickSample[], index: number): boolean {
  const extension = ordered[index]?.extension ?? 0;
  return ordered.slice(index + 1).some((tick) => (tick.extension ?? 0) > extension);
}
