import { describe, expect, it } from 'vitest';
import type { Event } from '../../../src/audit/entry.ts';
import { planShare, readIntendedShare } from '../../../src/workers/canary-share.ts';
import { recorded } from '../../support/entries.ts';

const step = (event: Event, n: number, pct: number) =>
  recorded(n, { stage: 'canary', step: 'step', event, n, payload: { pct } });
const up = recorded(0, { stage: 'canary', step: 'weight', event: 'canary_weight.intended', payload: { pct: 5 } });

describe('the share a canary is to have', () => {
  it('is the first one until a step is intended', () => {
    expect(readIntendedShare([up], 5)).toEqual({ pct: 5, unfinishedStep: null, raisedAt: null });
  });
  it('is that of the newest step, which may not be finished', () => {
    const first = [up, step('canary_weight.intended', 60, 10), step('canary_weight.completed', 60, 10)];
    expect(readIntendedShare(first, 5)).toEqual({ pct: 10, unfinishedStep: null, raisedAt: 60 });
    expect(readIntendedShare([...first, step('canary_weight.intended', 120, 20)], 5)).toEqual({
      pct: 20,
      unfinishedStep: 120,
      raisedAt: 120,
    });
  });
});

describe('what is done about the share after a tick', () => {
  const facts = {
    share: { pct: 10, unfinishedStep: null, raisedAt: null },
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
  it('first of all the step that a dead replica began, under its own tick', () => {
    const share = { pct: 10, unfinishedStep: 60, raisedAt: 60 };
    expect(planShare({ ...facts, share, next: { kind: 'step_up', pct: 20 } })).toEqual({
      pct: 10,
      n: 60,
      step: 'step',
    });
    expect(planShare({ ...facts, share, drift: { kind: 'give_back' } })).toEqual({ pct: 10, n: 60, step: 'step' });
  });
  it('nothing at all while the metrics cannot be read', () => {
    const share = { pct: 10, unfinishedStep: 60, raisedAt: 60 };
    expect(planShare({ ...facts, measured: false, share, next: { kind: 'freeze' } })).toBeNull();
  });
});
