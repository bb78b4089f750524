import { describe, expect, it } from 'vitest';
import { TickSample } from '../../../src/delivery/judge/tick-sample.ts';
import {
  type DriftFacts,
  decideDrift,
  decideGuarded,
  decideStart,
  dueTick,
  msUntilTick,
  type StartFacts,
  whyUnwatched,
} from '../../../src/workers/canary.decide.ts';
import { recorded } from '../../support/entries.ts';

const validation = (n: number, artifact = 'merge-1', production: string | null = 'v1') =>
  recorded(10 + n, {
    stage: 'staging',
    event: 'staging_validation',
    n,
    payload: { artifact, production_version: production },
  });
const started = recorded(30, { stage: 'canary', event: 'canary_started' });

function facts(changes: Partial<StartFacts>): StartFacts {
  return {
    entries: [validation(0)],
    artifact: 'merge-1',
    targetSha: 'tip-1',
    targetTip: 'tip-1',
    productionVersion: 'v1',
    approvalHolds: true,
    ...changes,
  };
}

describe('before a canary is deployed', () => {
  it('deploys what staging validated, on its authorisation', () => {
    expect(decideStart(facts({}))).toMatchObject({
      kind: 'deploy',
      authorisation: { entry: { event: 'staging_validation' } },
    });
  });
  it('goes on with a canary that was started already, wherever the target is now', () => {
    expect(decideStart(facts({ entries: [validation(0), started], targetTip: 'tip-2' }))).toMatchObject({
      kind: 'deploy',
      authorisation: started,
    });
  });
  it('goes on with what is being brought up, although the target or production is elsewhere now', () => {
    const begun = recorded(29, { stage: 'canary', event: 'canary_deploy.intended', payload: { artifact: 'merge-1' } });
    const moved = { entries: [validation(0), begun], targetTip: 'tip-2', productionVersion: 'v2' };
    expect(decideStart(facts(moved))).toMatchObject({
      kind: 'deploy',
      authorisation: { entry: { event: 'staging_validation' } },
    });
    expect(decideStart(facts({ ...moved, artifact: 'merge-2' }))).toMatchObject({ kind: 'restage' });
    expect(decideStart(facts({ ...moved, entries: [begun] }))).toEqual({ kind: 'refuse', why: 'not_authorised' });
  });
  it('repeats staging when the target branch moved', () => {
    expect(decideStart(facts({ targetTip: 'tip-2' }))).toEqual({ kind: 'restage', why: 'target_moved', round: 1 });
  });
  it('repeats staging when the merge was remade and that round has not ended', () => {
    expect(decideStart(facts({ artifact: 'merge-2' }))).toEqual({ kind: 'restage', why: 'merge_remade', round: 1 });
  });
  it('repeats staging when production is another version than staging compared with', () => {
    expect(decideStart(facts({ productionVersion: 'v2' }))).toEqual({
      kind: 'restage',
      why: 'production_moved',
      round: 1,
    });
  });
  it('counts rounds on', () => {
    expect(decideStart(facts({ entries: [validation(0), validation(1)], targetTip: 'tip-2' }))).toMatchObject({
      round: 2,
    });
  });
  it('refuses when the repeated staging rejected', () => {
    const rejection = recorded(20, { stage: 'staging', event: 'staging_rejection', n: 1 });
    expect(decideStart(facts({ entries: [validation(0), rejection], artifact: 'merge-2' }))).toEqual({
      kind: 'refuse',
      why: 'staging_rejected',
    });
  });
  it('repeats staging, where people are asked again, when an approval does not stand any more', () => {
    expect(decideStart(facts({ approvalHolds: false, targetTip: 'tip-2' }))).toEqual({
      kind: 'restage',
      why: 'approval_void',
      round: 1,
    });
    expect(decideStart(facts({ approvalHolds: false, entries: [validation(0), started] }))).toMatchObject({
      kind: 'deploy',
    });
  });
  it('refuses without a validation, or with an open question about it', () => {
    expect(decideStart(facts({ entries: [] }))).toEqual({ kind: 'refuse', why: 'not_authorised' });
    const asked = recorded(21, { stage: 'staging', event: 'escalated' });
    expect(decideStart(facts({ entries: [validation(0), asked] }))).toEqual({ kind: 'refuse', why: 'not_authorised' });
  });
});

describe('ticks', () => {
  const at = new Date('2026-11-01T00:00:00Z');
  const after = (s: number) => new Date(at.getTime() + s * 1000);
  it('are numbered from the moment traffic was given', () => {
    expect([0, 9.9, 10, 25].map((s) => dueTick(at, 10, after(s)))).toEqual([0, 0, 1, 2]);
  });
  it('are never negative when clocks differ', () => {
    expect(dueTick(at, 10, after(-3))).toBe(0);
  });
  it('stay on their schedule when one is late', () => {
    expect(msUntilTick(at, 10, 3, after(21))).toBe(9_000);
  });
});

describe('a canary that nobody watched', () => {
  const tick = (n: number, atS: number, pct: number | null = 5) =>
    TickSample.parse({
      n,
      at: new Date(atS * 1000).toISOString(),
      elapsed_s: atS,
      warm_up: false,
      problem: pct === null ? 'no metrics' : null,
      snapshot: pct === null ? null : makeSnapshot(pct),
    });
  const arm = { version: 'v1', total: 1, errors: 0, slow: 0, histogram: [], up: true };
  const makeSnapshot = (pct: number) => ({
    at: '2026-11-27T00:00:00.000Z',
    control: arm,
    canary: arm,
    canary_pct: pct,
  });
  const why = (...ticks: TickSample[]) => whyUnwatched({ trafficAt: new Date(0), ticks, holdS: 60 });

  it('is taken back when the last look is longer ago than the hold', () => {
    expect(why(tick(0, 0), tick(1, 10), tick(7, 71))).toBe('nobody watched the canary for 61 s');
  });
  it('also when the first look comes too late', () => {
    expect(why(tick(7, 70))).toBe('nobody watched the canary for 70 s');
  });
  it('goes on when the gap is not longer than that, and without any look', () => {
    expect(why(tick(0, 0), tick(6, 60))).toBeNull();
    expect(why()).toBeNull();
  });
  it('is not judged here while the target cannot be asked', () => {
    expect(why(tick(0, 0), tick(1, 10, null))).toBeNull();
  });

  describe('when its weight is another than was given', () => {
    const steady = [tick(0, 0), tick(1, 10), tick(2, 20)];
    const drift = (
      ticks: TickSample[],
      guards: DriftFacts['guards'] = [{ silentMs: 1_000, noted: true }],
      toldAfter: number | null = null,
    ) => decideDrift({ ticks, guards, toldAfter, intendedPct: () => 5, trafficAt: new Date(0), holdS: 60 });

    it('is given back: a balancer read its files again, and every guard that knows the canary was heard of', () => {
      expect(drift([...steady, tick(3, 30, 0)])).toEqual({ kind: 'give_back' });
      expect(drift([...steady, tick(3, 30, 0)], [])).toEqual({ kind: 'give_back' });
      expect(drift([...steady, tick(3, 30, 7)])).toEqual({ kind: 'give_back' });
    });
    it('ends where a guard that knows it is silent, which may have taken it out', () => {
      expect(drift([...steady, tick(3, 30, 0)], [{ silentMs: 20_001, noted: true }])).toEqual({
        kind: 'end',
        why: 'the canary was found out of traffic, and a guard that knows it is silent: it may have done that',
      });
      expect(drift([...steady, tick(3, 30, 0)], [{ silentMs: 20_001, noted: false }])).toEqual({ kind: 'give_back' });
    });
    it('ends where it had not been looked at for so long that a guard may have acted', () => {
      const late = { kind: 'end', why: expect.stringContaining('not been looked at for so long') };
      expect(drift([tick(0, 0), tick(5, 50, 0)])).toEqual(late);
      expect(drift([tick(0, 0), tick(4, 40), tick(5, 50, 0)])).toEqual(late);
      expect(drift([tick(0, 0), tick(4, 40), tick(5, 50), tick(12, 101), tick(13, 111, 0)])).toEqual(late);
    });
    it('ends when it is another again at the next look', () => {
      expect(drift([...steady, tick(3, 30, 0), tick(4, 40, 0)], [], 3)).toEqual({
        kind: 'end',
        why: "the canary's weight was given back and is 0 % again at the next look",
      });
    });
    it('is given back where whoever saw it before died first', () => {
      const seenTwice = [...steady, tick(3, 30, 0), tick(4, 40, 0)];
      expect(drift(seenTwice, [])).toEqual({ kind: 'give_back' });
      expect(drift(seenTwice, [], 1)).toEqual({ kind: 'give_back' });
      expect(drift(seenTwice, [{ silentMs: 20_001, noted: true }])).toMatchObject({ kind: 'end' });
    });
    it('is let be while it is as given, or cannot be read', () => {
      expect(drift(steady)).toEqual({ kind: 'none' });
      expect(drift([...steady, tick(3, 30, null)])).toEqual({ kind: 'none' });
      expect(drift([])).toEqual({ kind: 'none' });
    });
  });
});

describe('who takes the canary out with every store gone', () => {
  const guard = { silentMs: 1_000, noted: true };
  it.each([
    ['a living guard has it in its file', [guard], false, 'guarded'],
    ['one of two has it', [{ ...guard, noted: false }, guard], true, 'guarded'],
    ['a guard lives and does not have it yet', [{ ...guard, noted: false }], false, 'wait'],
    ['the one that has it is lost', [{ silentMs: 15_001, noted: true }], true, 'wait'],
    ['all guards are lost, and none is required', [{ silentMs: 15_001, noted: true }], false, 'unguarded'],
    ['there is none, and one is required', [], true, 'wait'],
    ['there is none, and none is required', [], false, 'unguarded'],
  ] as const)('%s', (_name, guards, required, decision) => {
    expect(decideGuarded({ guards, required })).toBe(decision);
  });
});
