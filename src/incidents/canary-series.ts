import { readSpans } from '../delivery/judge/evidence.ts';
import type { TickSample } from '../delivery/judge/tick-sample.ts';
import type { SeriesPoint } from './incident.ts';

type SeriesLimits = Parameters<typeof readSpans>[1];

/** Both arms between two readable ticks, from the samples that the judge saw. `ticks` in order. Pure. */
export function readSeries(ticks: readonly TickSample[], limits: SeriesLimits): SeriesPoint[] {
  return readSpans(ticks, limits).map(({ n, toS, scored, canary, control }) => ({
    tick: n,
    elapsed_s: toS,
    scored,
    canary: { requests: canary.total, errors: canary.errors, slow: canary.slow },
    control: { requests: control.total, errors: control.errors, slow: control.slow },
  }));
}
