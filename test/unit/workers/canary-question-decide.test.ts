import { describe, expect, it } from 'vitest';
import type { Recorded } from '../../../src/audit/audit-log.ts';
import type { CanaryJudgement } from '../../../src/delivery/judge/judgement.ts';
import type { CanaryQuestion } from '../../../src/runs/canary-questions.ts';
import { decideHold, type HoldFacts } from '../../../src/workers/canary/canary-question.decide.ts';
import { recorded } from '../../support/entries.ts';

const NOW = new Date('2026-11-27T10:00:00.000Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

type Said = Pick<CanaryJudgement, 'verdict' | 'cause' | 'next'>;
const HOLD: Said = { verdict: 'CONTINUE', cause: null, next: { kind: 'hold', expires_in_s: 60 } };
const WATCH: Said = { verdict: 'CONTINUE', cause: null, next: { kind: 'watch' } };
const FREEZE: Said = { verdict: 'CONTINUE', cause: 'metrics_unavailable', next: { kind: 'freeze' } };
const TIME_UP: Said = { verdict: 'INCONCLUSIVE', cause: null, next: null };
const CHANGED: Said = { verdict: 'INCONCLUSIVE', cause: 'environment', next: null };
const FAIL: Said = { verdict: 'FAIL', cause: 'regression', next: null };

const open: CanaryQuestion = { n: 0, kind: 'hold', toPct: 100, deadlineAt: later(60), decision: null };
const said = (outcome: string): Recorded =>
  recorded(9, { stage: 'canary', step: 'route', event: 'human_decision', outcome });
const decided = (outcome: string): CanaryQuestion => ({ ...open, decision: said(outcome) });

const NONE = { asked: 0, inForce: 0 };
const kindOf = (judgement: Said, question: CanaryQuestion | null, over: Partial<HoldFacts> = {}) =>
  decideHold({
    judgement,
    questions: question === null ? [] : [question],
    sharePct: 5,
    extensions: NONE,
    now: NOW,
    ...over,
  });

describe('a canary on hold', () => {
  it('is asked about once, and waits', () => {
    expect(kindOf(HOLD, null)).toEqual({ kind: 'ask', n: 0 });
    expect(kindOf(HOLD, open)).toEqual({ kind: 'watch' });
    expect(kindOf(WATCH, null)).toEqual({ kind: 'watch' });
  });

  it.each([
    ['approve', 'go_on'],
    ['reject', 'roll_back'],
    ['expired', 'roll_back'],
    ['withdrawn', 'roll_back'],
    ['a word of a newer version', 'roll_back'],
  ])('with the decision %s: %s', (outcome, kind) => {
    expect(kindOf(HOLD, decided(outcome)).kind).toBe(kind);
    // Whoever decided in time was in time, also where the next look came after it.
    expect(kindOf(TIME_UP, decided(outcome)).kind).toBe(kind);
  });

  it('fails whatever anybody said, and so does one that cannot be judged any more', () => {
    for (const question of [null, open, decided('approve'), decided('extend'), decided('reject')]) {
      expect(kindOf(FAIL, question)).toEqual({ kind: 'conclude' });
      expect(kindOf(CHANGED, question)).toEqual({ kind: 'conclude' });
    }
  });

  it('is not promoted blind, but taken back blind', () => {
    expect(kindOf(FREEZE, decided('approve'))).toEqual({ kind: 'watch' });
    expect(kindOf(FREEZE, decided('reject')).kind).toBe('roll_back');
    expect(kindOf(FREEZE, null)).toEqual({ kind: 'watch' });
  });

  it('expires at its deadline, or when the judge’s time is up, whichever is first', () => {
    expect(kindOf(HOLD, open, { now: later(60) })).toEqual({ kind: 'expire', n: 0 });
    expect(kindOf(TIME_UP, open)).toEqual({ kind: 'expire', n: 0 });
    expect(kindOf(TIME_UP, null)).toEqual({ kind: 'conclude' });
  });

  it('that was let go on is asked about again only once that is in force', () => {
    const asked = { asked: 1, inForce: 0 };
    expect(kindOf(HOLD, decided('extend'), { extensions: asked })).toEqual({ kind: 'watch' });
    expect(kindOf(TIME_UP, decided('extend'), { extensions: asked })).toEqual({ kind: 'watch' });
    const inForce = { asked: 1, inForce: 1 };
    expect(kindOf(WATCH, decided('extend'), { extensions: inForce })).toEqual({ kind: 'watch' });
    expect(kindOf(HOLD, decided('extend'), { extensions: inForce })).toEqual({ kind: 'ask', n: 1 });
    expect(kindOf(TIME_UP, decided('extend'), { extensions: inForce })).toEqual({ kind: 'conclude' });
  });
});

describe('a canary at a gate', () => {
  const GATE: Said = { verdict: 'CONTINUE', cause: null, next: { kind: 'gate', pct: 25, expires_in_s: 60 } };
  const gate = (outcome: string | null): CanaryQuestion => ({
    ...open,
    kind: 'gate',
    toPct: 25,
    decision: outcome === null ? null : said(outcome),
  });

  it('is asked about once, and goes to the next share by a person’s word, not to production', () => {
    expect(kindOf(GATE, null)).toEqual({ kind: 'ask', n: 0 });
    expect(kindOf(GATE, gate(null))).toEqual({ kind: 'watch' });
    expect(kindOf(GATE, gate('approve'))).toMatchObject({ kind: 'go_on', toPct: 25 });
    expect(kindOf(TIME_UP, gate('approve')), 'in time').toMatchObject({ kind: 'go_on', toPct: 25 });
  });

  it.each(['reject', 'expired', 'withdrawn', 'a word of a newer version'])('goes back on %s', (outcome) => {
    expect(kindOf(GATE, gate(outcome)).kind).toBe('roll_back');
    expect(kindOf(FREEZE, gate(outcome)).kind, 'blind as well').toBe('roll_back');
  });

  it('is given nothing while the metrics cannot be read, and fails whatever anybody said', () => {
    expect(kindOf(FREEZE, gate('approve'))).toEqual({ kind: 'watch' });
    expect(kindOf(FAIL, gate('approve'))).toEqual({ kind: 'conclude' });
  });

  it('expires at its deadline, or when the judge’s time is up', () => {
    expect(kindOf(GATE, gate(null), { now: later(60) })).toEqual({ kind: 'expire', n: 0 });
    expect(kindOf(TIME_UP, gate(null))).toEqual({ kind: 'expire', n: 0 });
  });

  it('that lies behind it says nothing about what is asked next', () => {
    const at25 = { sharePct: 25 };
    expect(kindOf(GATE, gate('approve'), at25), 'raised already, by the tick that is looked at again').toEqual({
      kind: 'watch',
    });
    expect(kindOf(HOLD, gate('approve'), at25)).toEqual({ kind: 'ask', n: 1 });
    expect(kindOf(WATCH, gate('approve'), at25)).toEqual({ kind: 'watch' });
    expect(kindOf(TIME_UP, gate('approve'), at25)).toEqual({ kind: 'conclude' });
    const next: Said = { verdict: 'CONTINUE', cause: null, next: { kind: 'gate', pct: 50, expires_in_s: 60 } };
    expect(kindOf(next, gate('approve'), at25)).toEqual({ kind: 'ask', n: 1 });
  });
});
