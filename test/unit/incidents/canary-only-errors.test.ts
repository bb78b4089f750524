import { expect, it } from 'vitest';
import type { TickSample } from '../../../src/delivery/judge/tick-sample.ts';
import type { ErrorKind } from '../../../src/delivery/metric-source.ts';
import { findCanaryOnlyErrors } from '../../../src/incidents/canary-only-errors.ts';
import { repeat, ticksOf } from '../delivery/canary-ticks.ts';

type Kinds = Readonly<Record<string, number>> | null;
const list = (kinds: Readonly<Record<string, number>>): ErrorKind[] =>
  Object.entries(kinds).map(([kind, count]) => ({ kind, count }));

/** One tick for each pair of what canary and production had counted by then; null = it told no kinds. */
function ticks(...readings: { canary: Kinds; control: Kinds; since?: string }[]): TickSample[] {
  return ticksOf(repeat(readings.length - 1, {})).map((tick, index) => {
    const reading = readings[index];
    const { snapshot } = tick;
    if (reading === undefined || snapshot === null || snapshot.canary === null) return tick;
    const { canary, control, since } = reading;
    const told = (kinds: Kinds) => (kinds === null ? {} : { error_kinds: list(kinds) });
    return {
      ...tick,
      snapshot: {
        ...snapshot,
        canary: { ...snapshot.canary, ...told(canary), ...(since === undefined ? {} : { since }) },
        control: { ...snapshot.control, ...told(control) },
      },
    };
  });
}

it('names what the canary showed and production did not, the most frequent first', () => {
  const found = findCanaryOnlyErrors(
    ticks(
      { canary: {}, control: { 'code=500': 7 } },
      { canary: { 'code=503': 2 }, control: { 'code=500': 8 } },
      { canary: { 'code=503': 5, 'code=502': 9, 'code=500': 1 }, control: { 'code=500': 8 } },
    ),
  );
  expect(found).toEqual({
    errors: [
      { signature: 'code=502', count: 9 },
      { signature: 'code=503', count: 5 },
    ],
    missing: null,
  });
});

it('counts nothing from before the canary had traffic, in either arm', () => {
  const before = { canary: { a: 4, b: 9 }, control: { a: 3 } };
  expect(findCanaryOnlyErrors(ticks(before, { canary: { a: 6, b: 9 }, control: { a: 3 } })).errors).toEqual([
    { signature: 'a', count: 2 },
  ]);
});

it('goes on over counters that began anew', () => {
  const found = findCanaryOnlyErrors(
    ticks(
      { canary: { a: 10 }, control: {} },
      { canary: { a: 12 }, control: {} },
      { canary: { a: 3 }, control: {}, since: '2026-11-23T11:00:00.000Z' },
    ),
  );
  expect(found.errors).toEqual([{ signature: 'a', count: 5 }]);
});

it('says why it cannot tell: kinds of one arm only are no comparison', () => {
  const one = ticks({ canary: {}, control: null }, { canary: { a: 1 }, control: null });
  expect(findCanaryOnlyErrors(one)).toEqual({
    errors: null,
    missing: 'the metric source told no kinds of errors of both arms',
  });
  expect(findCanaryOnlyErrors([]).missing).toBe('the metrics were not read twice while the canary had traffic');
});

it('an error of both arms is not the canary’s own', () => {
  const found = findCanaryOnlyErrors(ticks({ canary: {}, control: {} }, { canary: { a: 5 }, control: { a: 1 } }));
  expect(found).toEqual({ errors: [], missing: null });
});
