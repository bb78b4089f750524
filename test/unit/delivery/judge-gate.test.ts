import { describe, expect, it } from 'vitest';
import { judgeCanary } from '../../../src/delivery/judge/judge-canary.ts';
import { replayCanary } from '../../../src/delivery/judge/replay-canary.ts';
import type { TickSample } from '../../../src/delivery/judge/tick-sample.ts';
import { limitsOf, repeat, type Step, ticksOf } from './canary-ticks.ts';

/** 600 canary requests in a window of 60 ticks: a PASS at its end. */
const WELL: Step = { canary: 10, control: 190 };
const limits = limitsOf({ canary_hold_min: 0, canary_max_windows: 1, canary_gate_min: 60 });
const waits = (steps: readonly Step[], pct: number): TickSample[] =>
  ticksOf([...repeat(60, WELL), ...steps]).map((tick) => (tick.n > 60 ? { ...tick, gate_pct: pct } : tick));
const judge = (ticks: readonly TickSample[], over = limits) => judgeCanary({ ticks, limits: over });

describe('a canary that passed and waits at a gate', () => {
  it('is past its windows without losing what it proved, and has its time', () => {
    expect(judge(waits([], 25)).verdict).toBe('PASS');
    const waiting = judge(waits(repeat(31, WELL), 25));
    expect(waiting).toMatchObject({ verdict: 'CONTINUE', next: { kind: 'gate', pct: 25, expires_in_s: 3_300 } });
    expect(waiting.why).toBe(
      "it passed, and 25 % of traffic is a person's to give: it is rolled back in 55 min without an answer",
    );
    expect(judge(waits(repeat(1, WELL), 100)).why).toMatch(/^it passed, and production is a person's to give/);
  });

  it('has no proof once nobody answered, and says so', () => {
    const over = judge(waits(repeat(361, WELL), 25));
    expect(over).toMatchObject({ verdict: 'INCONCLUSIVE', cause: null, next: null });
    expect(over.why).toContain('nobody decided within 60 min');
  });

  it('counts its time anew at the next gate', () => {
    const first = waits(repeat(100, WELL), 25);
    const second = first.map((tick) => (tick.n > 100 ? { ...tick, gate_pct: 50 } : tick));
    expect(judge(second).next).toEqual({ kind: 'gate', pct: 50, expires_in_s: 3_600 - 590 });
  });

  it('fails for a fault meanwhile', () => {
    const ill = waits([...repeat(5, WELL), { canary: 20, canaryErrors: 15, control: 190 }], 25);
    expect(judge(ill)).toMatchObject({ verdict: 'FAIL', cause: 'regression' });
  });

  it('is replayed to where it went: past the gate, or back', () => {
    const waited = waits(repeat(30, WELL), 100);
    expect(replayCanary(waited, limits)).toMatchObject({ tick: 90, judgement: { next: { kind: 'gate', pct: 100 } } });
    const late = waits(repeat(361, WELL), 25);
    expect(replayCanary(late, limits)).toMatchObject({ tick: 421, judgement: { verdict: 'INCONCLUSIVE' } });
    // A person who let it go on at the last moment was in time.
    const raised = [...late, ...ticksOf([...repeat(421, WELL), { canary: 50, control: 150, intended: 25 }]).slice(422)];
    expect(replayCanary(raised, limits)).toMatchObject({ tick: 422, judgement: { verdict: 'CONTINUE' } });
  });
});
