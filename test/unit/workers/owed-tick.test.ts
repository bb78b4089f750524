import { expect, it } from 'vitest';
import type { Event } from '../../../src/audit/entry.ts';
import { TickSample } from '../../../src/delivery/judge/tick-sample.ts';
import { findOwedTick } from '../../../src/workers/canary/owed-tick.ts';
import { recorded } from '../../support/entries.ts';

const ticks = [0, 1, 2].map((n) =>
  TickSample.parse({
    n,
    at: new Date(n * 10_000).toISOString(),
    elapsed_s: n * 10,
    warm_up: false,
    problem: 'none',
    snapshot: null,
  }),
);
const entry = (event: Event, n: number, outcome = 'done', step = 'tick') =>
  recorded(n, { stage: 'canary', step, event, n, outcome });
const before = [entry('canary_tick', 0, 'CONTINUE'), entry('canary_tick', 1, 'CONTINUE')];
const owed = (entries: typeof before, { atS = 25, gatePct = null as number | null } = {}) =>
  findOwedTick({ entries: [...before, ...entries], ticks, gatePct, now: new Date(atS * 1000), holdS: 60 });

it('is the tick that was stored and never judged', () => {
  expect(owed([])).toBe(2);
});

it.each(['PASS', 'FAIL'])('is the tick whose %s nothing came of', (verdict) => {
  expect(owed([entry('canary_tick', 2, verdict)])).toBe(2);
});

it.each(['CONTINUE', 'INCONCLUSIVE'])('is none after %s: another look comes to the same', (verdict) => {
  expect(owed([entry('canary_tick', 2, verdict)])).toBeNull();
});

it.each(['step', 'drift'])('is none where the PASS had its %s, whatever became of that', (step) => {
  expect(owed([entry('canary_tick', 2, 'PASS'), entry('canary_weight.intended', 2, 'intended', step)])).toBeNull();
});

it('is none at a gate, which the PASS has opened on the record', () => {
  expect(owed([entry('canary_tick', 2, 'PASS')], { gatePct: 50 })).toBeNull();
});

it('is none where so much time went by that a guard may act: then only a new look counts', () => {
  expect(owed([entry('canary_tick', 2, 'PASS')], { atS: 50 })).toBe(2);
  expect(owed([entry('canary_tick', 2, 'PASS')], { atS: 50.1 })).toBeNull();
});

it('is none before the first tick', () => {
  expect(findOwedTick({ entries: [], ticks: [], gatePct: null, now: new Date(0), holdS: 60 })).toBeNull();
});
