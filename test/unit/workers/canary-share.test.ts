import { describe, expect, it } from 'vitest';
import type { Event } from '../../../src/audit/entry.ts';
import { planShare, readIntendedShare, readLastTold } from '../../../src/workers/canary/canary-share.ts';
import { recorded } from '../../support/entries.ts';

const step = (event: Event, n: number, pct: number) =>
  recorded(n, { stage: 'canary', step: 'step', event, n, payload: { pct } });
const up = recorded(0, { stage: 'canary', step: 'weight', event: 'canary_weight.intended', payload: { pct: 5 } });

const drift = (event: Event, n: number, pct: number) =>
  recorded(n, { stage: 'canary', step: 'drift', event, n, payload: { pct } });
const tick = (n: number) => recorded(n, { stage: 'canary', step: 'tick', event: 'canary_tick', n });

describe('the share a canary is to have', () => {
  const first = [up, step('canary_weight.intended', 60, 10), step('canary_weight.completed', 60, 10)];
  it('is the first one until a step is intended', () => {
    expect(readIntendedShare([up], 5)).toEqual({ pct: 5, unfinished: [], raisedAt: null });
  });
  it('is that of the newest step, which may not be finished', () => {
    expect(readIntendedShare(first, 5)).toEqual({ pct: 10, unfinished: [], raisedAt: 60 });
    const begun = { pct: 20, unfinished: [{ pct: 20, n: 120, step: 'step' }], raisedAt: 120 };
    const second = [...first, step('canary_weight.intended', 120, 20)];
    expect(readIntendedShare(second, 5)).toEqual(begun);
    expect(readIntendedShare([...second, step('canary_weight.unknown', 120, 20)], 5)).toEqual(begun);
  });
  it('is not finished while somebody died over giving it back; a refusal ends that', () => {
    const drifted = [...first, drift('canary_weight.intended', 70, 10)];
    expect(readIntendedShare(drifted, 5)).toEqual({
      pct: 10,
      unfinished: [{ pct: 10, n: 70, step: 'drift' }],
      raisedAt: 60,
    });
    for (const end of ['canary_weight.completed', 'canary_weight.unknown'] as const)
      expect(readIntendedShare([...drifted, drift(end, 70, 10)], 5).unfinished).toEqual([]);
  });
  it('is never brought back to one that it had before', () => {
    const drifted = [up, drift('canary_weight.intended', 50, 5), ...first.slice(1)];
    expect(readIntendedShare(drifted, 5)).toEqual({ pct: 10, unfinished: [], raisedAt: 60 });
  });
});

describe('after which tick the share was told again', () => {
  it('is the newest before an outcome of a step or a drift; an intent is none', () => {
    expect(readLastTold([up, tick(1)])).toBeNull();
    const intended = [up, tick(1), tick(2), drift('canary_weight.intended', 2, 5)];
    expect(readLastTold(intended)).toBeNull();
    expect(readLastTold([...intended, drift('canary_weight.completed', 2, 5), tick(3)])).toBe(2);
    expect(readLastTold([...intended, tick(3), drift('canary_weight.unknown', 2, 5), tick(4)])).toBe(3);
  });
});

describe('what is done about the share after a tick', () => {
  const facts = {
    sharePct: 10,
    drift: { kind: 'none' },
    tick: 70,
    measured: true,
    next: { kind: 'watch' },
    path: { gates: [] },
  } as const;
  it('nothing, while it is as given', () => {
    expect(planShare(facts)).toBeNull();
  });
  it('a step, when the judge asks for one', () => {
    expect(planShare({ ...facts, next: { kind: 'step_up', pct: 20 } })).toEqual({ pct: 20, n: 70, step: 'step' });
  });
  it('no step without proof past a gate: that becomes a hold', () => {
    const next = { kind: 'step_up', pct: 20 } as const;
    expect(planShare({ ...facts, next, path: { gates: [15] } })).toBeNull();
    expect(planShare({ ...facts, next, path: { gates: [20] } })).toBeNull();
    expect(planShare({ ...facts, next, path: { gates: [10, 21] } })).toMatchObject({ pct: 20 });
  });
  it('first what drifted is given back', () => {
    expect(planShare({ ...facts, drift: { kind: 'give_back' }, next: { kind: 'step_up', pct: 20 } })).toEqual({
      pct: 10,
      n: 70,
      step: 'drift',
    });
  });
  it('nothing at all while the metrics cannot be read', () => {
    expect(planShare({ ...facts, measured: false, drift: { kind: 'give_back' } })).toBeNull();
    expect(planShare({ ...facts, measured: false, next: { kind: 'step_up', pct: 20 } })).toBeNull();
  });
});
