import type { Thresholds } from '../../config/schema.ts';
import type { Finding } from './judgement.ts';
import type { TickSample } from './tick-sample.ts';

/**
 * A canary that passed at its share and waits for a person before the next: nothing more is to be proved, so only its faults
 * count, and its time, counted in ticks. Null where the newest of them does not wait. Pure.
 */
export function judgeGateWait(ticks: readonly TickSample[], limits: Thresholds): Finding | null {
  const last = ticks.at(-1);
  const pct = last?.gate_pct;
  if (last === undefined || pct === undefined) return null;
  const before = ticks.findLastIndex((tick) => tick.gate_pct !== pct);
  const waitedS = last.elapsed_s - (ticks[before + 1]?.elapsed_s ?? last.elapsed_s);
  const leftS = limits.canary_gate_min * 60 - waitedS;
  const what = `it passed, and ${pct === 100 ? 'production' : `${pct} % of traffic`} is a person's to give`;
  if (leftS > 0)
    return {
      verdict: 'CONTINUE',
      cause: null,
      why: `${what}: it is rolled back in ${Math.ceil(leftS / 60)} min without an answer`,
      next: { kind: 'gate', pct, expires_in_s: leftS },
    };
  const why = `${what}: nobody decided within ${limits.canary_gate_min} min`;
  return { verdict: 'INCONCLUSIVE', cause: null, why };
}
