import { describe, expect, it } from 'vitest';
import { TickSample } from '../../../src/delivery/judge/tick-sample.ts';
import { findOpenGate } from '../../../src/workers/canary/canary-gate.ts';
import { recorded } from '../../support/entries.ts';

const judged = (n: number, outcome: string) =>
  recorded(n, { stage: 'canary', step: 'tick', event: 'canary_tick', n, outcome });
const arm = { version: 'v', total: 0, errors: 0, slow: 0, histogram: [], up: true };
const tick = (n: number, canary_pct: number) =>
  TickSample.parse({
    n,
    at: '2026-11-27T10:00:00.000Z',
    elapsed_s: n * 10,
    warm_up: false,
    snapshot: { at: '2026-11-27T10:00:00.000Z', control: arm, canary: arm, canary_pct },
    problem: null,
  });
const share = { pct: 5, unfinished: [], raisedAt: null };
const path = { steps: [25], gates: [25, 100] };

describe('a gate is open', () => {
  const entries = [judged(1, 'CONTINUE'), judged(2, 'PASS')];
  const ticks = [tick(1, 5), tick(2, 5), tick(3, 5)];
  it('once the canary passed at the share before it', () => {
    expect(findOpenGate({ entries, ticks, share, path })).toBe(25);
    expect(findOpenGate({ entries: [judged(1, 'CONTINUE')], ticks, share, path })).toBeNull();
  });
  it('not by a PASS at the share before the present one', () => {
    const raised = { pct: 25, unfinished: [], raisedAt: 2 };
    const later = [...ticks, tick(4, 25)];
    expect(findOpenGate({ entries, ticks: later, share: raised, path })).toBeNull();
    expect(findOpenGate({ entries: [...entries, judged(4, 'PASS')], ticks: later, share: raised, path })).toBe(100);
  });
  it('not by a PASS at a weight that was not in force', () => {
    expect(findOpenGate({ entries, ticks: [tick(1, 5), tick(2, 0)], share, path })).toBeNull();
  });
  it('not where none stands before the next share', () => {
    expect(findOpenGate({ entries, ticks, share, path: { steps: [25], gates: [100] } })).toBeNull();
    expect(findOpenGate({ entries, ticks, share, path: { steps: [], gates: [50] } })).toBe(100);
  });
});
