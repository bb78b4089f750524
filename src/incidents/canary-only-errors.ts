import type { TickSample } from '../delivery/judge/tick-sample.ts';
import type { ArmCounters, ErrorKind } from '../delivery/metric-source.ts';

type Finding =
  | { readonly errors: readonly { signature: string; count: number }[]; readonly missing: null }
  /** Why nothing can be said. */
  | { readonly errors: null; readonly missing: string };

/**
 * Kinds of errors that the canary showed under traffic and production, in the same time, not once. From the stored ticks
 * alone; what was counted before the first of them does not count. `ticks` in order. Pure.
 */
export function findCanaryOnlyErrors(ticks: readonly TickSample[]): Finding {
  const seen = ticks.flatMap(({ snapshot }) => (snapshot === null ? [] : [snapshot]));
  if (seen.length < 2) return { errors: null, missing: 'the metrics were not read twice while the canary had traffic' };
  const canary = sumKinds(seen.map((snapshot) => snapshot.canary));
  const control = sumKinds(seen.map((snapshot) => snapshot.control));
  if (canary === null || control === null)
    return { errors: null, missing: 'the metric source told no kinds of errors of both arms' };
  const errors = [...canary]
    .filter(([kind, count]) => count > 0 && (control.get(kind) ?? 0) === 0)
    .map(([signature, count]) => ({ signature, count }))
    .toSorted((a, b) => b.count - a.count);
  return { errors, missing: null };
}

/** How often each kind came between the first and the last reading; null where no two readings name kinds. */
function sumKinds(readings: readonly (ArmCounters | null)[]): Map<string, number> | null {
  const named = readings.flatMap((reading) => (reading?.error_kinds === undefined ? [] : [reading]));
  if (named.length < 2) return null;
  const sums = new Map<string, number>();
  for (const [index, reading] of named.entries()) {
    const before = named[index - 1];
    if (before === undefined) continue;
    const isSame = before.since === reading.since && before.version === reading.version;
    for (const { kind, count } of reading.error_kinds ?? []) {
      const earlier = isSame ? countOf(before.error_kinds ?? [], kind) : 0;
      // Less than before: the counter began anew.
      const grown = count < earlier ? count : count - earlier;
      sums.set(kind, (sums.get(kind) ?? 0) + grown);
    }
  }
  return sums;
}

function countOf(kinds: readonly ErrorKind[], kind: string): number {
  return kinds.find((each) => each.kind === kind)?.count ?? 0;
}
