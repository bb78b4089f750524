import { SlipwayFile, type Thresholds } from '../../../src/config/schema.ts';
import { TickSample } from '../../../src/delivery/judge/tick-sample.ts';
import type { ArmCounters, TrafficSnapshot } from '../../../src/delivery/metric-source.ts';

export function limitsOf(overrides: Partial<Thresholds> = {}): Thresholds {
  return SlipwayFile.parse({ thresholds: overrides }).thresholds;
}

export interface Step {
  readonly canary?: number;
  readonly canaryErrors?: number;
  readonly canarySlow?: number;
  readonly control?: number;
  readonly controlErrors?: number;
  readonly controlSlow?: number;
  readonly down?: boolean;
  readonly unreadable?: boolean;
  /** Both arms' counters begin anew before this step. */
  readonly reset?: boolean;
  /** The source does not say when its counters began. */
  readonly unsaid?: boolean;
  readonly canaryVersion?: string;
  readonly pct?: number;
  /** The share the canary was to have; the target's weight too, unless `pct` says otherwise. */
  readonly intended?: number;
  readonly extension?: number;
  /** Latencies of the step's requests, by arm: the bucket (edges 100, 500, 640, 800 and +Inf ms) all of them fall into. */
  readonly canaryBucket?: number;
  readonly controlBucket?: number;
}

const EDGES = [100, 500, 640, 800, null];

const START = Date.parse('2026-11-23T10:00:00.000Z');

/** Samples every `everyS` seconds from cumulative counters that grow by each step; sample 0 stands before the first step. */
export function ticksOf(steps: readonly Step[], options: { everyS?: number; warmUpTicks?: number } = {}): TickSample[] {
  const { everyS = 10, warmUpTicks = 0 } = options;
  let canary = arm('b');
  let control = arm('a');
  const sample = (n: number, step: Step): TickSample => {
    const at = new Date(START + n * everyS * 1000).toISOString();
    const snapshot: TrafficSnapshot = {
      at,
      control: { ...control },
      canary: { ...canary, up: !step.down, version: step.canaryVersion ?? 'b' },
      canary_pct: step.pct ?? step.intended ?? 5,
    };
    const readable = !step.unreadable;
    return TickSample.parse({
      n,
      at,
      elapsed_s: n * everyS,
      warm_up: n < warmUpTicks,
      snapshot: readable ? snapshot : null,
      problem: readable ? null : 'connection refused',
      ...(step.intended === undefined ? {} : { intended_pct: step.intended }),
      ...(step.extension === undefined ? {} : { extension: step.extension }),
    });
  };
  const ticks = [sample(0, {})];
  for (const [index, step] of steps.entries()) {
    if (step.reset) {
      const since = step.unsaid ? undefined : new Date(START + (index + 1) * everyS * 1000).toISOString();
      canary = arm('b', since);
      control = arm('a', since);
    }
    canary = grow(canary, step.canary ?? 250, step.canaryErrors ?? 0, step.canarySlow ?? 0, step.canaryBucket);
    control = grow(control, step.control ?? 4750, step.controlErrors ?? 0, step.controlSlow ?? 0, step.controlBucket);
    ticks.push(sample(index + 1, step));
  }
  return ticks;
}

export function repeat(times: number, step: Step): Step[] {
  return Array.from({ length: times }, () => step);
}

function arm(version: string, since?: string): ArmCounters {
  return { ...(since === undefined ? {} : { since }), version, total: 0, errors: 0, slow: 0, histogram: [], up: true };
}

function grow(from: ArmCounters, total: number, errors: number, slow: number, bucket?: number): ArmCounters {
  const histogram =
    bucket === undefined
      ? from.histogram
      : EDGES.map((le_ms, index) => ({
          le_ms,
          count: (from.histogram[index]?.count ?? 0) + (index >= bucket ? total : 0),
        }));
  return { ...from, histogram, total: from.total + total, errors: from.errors + errors, slow: from.slow + slow };
}
