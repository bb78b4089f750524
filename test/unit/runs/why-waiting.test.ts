import { describe, expect, it } from 'vitest';
import { describeWait } from '../../../src/runs/describe-wait.ts';
import { WAITS } from '../../../src/runs/wait-words.ts';
import { type WaitFacts, whyWaiting } from '../../../src/runs/why-waiting.decide.ts';

import { decideHold } from '../../../src/workers/hold.decide.ts';

const NOW = new Date('2026-11-27T10:00:00Z');
const later = (s: number) => new Date(NOW.getTime() + s * 1000);
const run: WaitFacts['run'] = {
  status: 'running',
  waiting_for: null,
  outcome: null,
  outcome_reason: null,
  finished_at: null,
  stop_kind: null,
  stop_reason: null,
};
const queue = { paused: false, backOffMs: null, cap: 5, active: 5 };
const brake = { actor: 'mara', reason: 'the key leaked', at: new Date('2026-11-27T09:00:00Z') };
type Front = NonNullable<WaitFacts['redis']>['front'];

function calls(...places: Front[number]['place'][]): Front {
  return places.map((place, n) => ({ queue: 'agents', id: `c${n}`, known: true, attempts: 6, place }));
}

function ask(front: Front, over: Partial<WaitFacts> = {}, state: Partial<typeof queue> = {}) {
  const queues = { agents: { ...queue, ...state }, review: { ...queue, cap: null } };
  return whyWaiting({
    run,
    question: null,
    lease: null,
    redis: { front, queues },
    unserved: [],
    pauses: new Map(),
    freeze: null,
    slots: { taken: 0, cap: 5 },
    now: NOW,
    ...over,
  });
}

describe('why a run does not move', () => {
  it('is told by the call that is furthest, of several that run side by side', () => {
    const waiting = (ahead: number) => ({ state: 'waiting', ahead }) as const;
    const delayed = { state: 'delayed', until: later(9), attemptsMade: 1, failure: '[MODEL] 500' } as const;
    const active = { state: 'active', since: later(-3), replica: 'w1', locked: true } as const;
    expect(ask(calls(waiting(6), delayed, waiting(2)))).toEqual({ kind: 'agent_slot', place: 3, cap: 5 });
    expect(ask(calls(waiting(6), active, waiting(2)))).toMatchObject({ kind: 'running', replica: 'w1' });
    expect(ask(calls(delayed))).toMatchObject({ kind: 'retry', attempt: 2, of: 6, reason: '[MODEL] 500' });
  });

  it('is an agent slot also where Redis let the call through and PostgreSQL did not', () => {
    const asks = { state: 'delayed', until: later(0.3), attemptsMade: 0, failure: null } as const;
    const full = ask(calls(asks), { slots: { taken: 5, cap: 5 } });
    expect(full).toEqual({ kind: 'agent_slot', place: null, cap: 5 });
    expect(describeWait(full, NOW)).toBe('for an agent slot (all 5 are taken)');
    expect(ask(calls(asks), { slots: { taken: 4, cap: 5 } })).toMatchObject({ kind: 'store_unreachable' });
    const failed = { ...asks, attemptsMade: 1, failure: '[MODEL] 500' };
    expect(ask(calls(failed), { slots: { taken: 5, cap: 5 } })).toMatchObject({ kind: 'retry' });
  });

  it('names what holds the whole queue before its place in it', () => {
    const front = calls({ state: 'waiting', ahead: 0 });
    const unserved = ['agents'] as const;
    const pauses = new Map([['agents', brake]] as const);
    expect(ask(front, { unserved, pauses }, { paused: true, backOffMs: 5 as never })).toEqual({
      kind: 'paused',
      queue: 'agents',
      brake,
    });
    expect(ask(front, { unserved }, { backOffMs: 5 as never })).toMatchObject({ kind: 'unserved' });
    expect(ask(front, {}, { backOffMs: 5_000 as never })).toEqual({ kind: 'back_off', until: later(5) });
    expect(ask(front, {}, { active: 4 })).toEqual({ kind: 'queued', queue: 'agents', place: 1 });
  });

  it('says of a stopped run what keeps the stop from happening', () => {
    const stopped = { run: { ...run, stop_kind: 'superseded', stop_reason: 'a newer head' } } as const;
    const front = calls({ state: 'waiting', ahead: 0 });
    expect(ask(front, stopped)).toMatchObject({ kind: 'stopping', how: 'superseded' });
    expect(ask(front, { ...stopped, unserved: ['agents'] })).toMatchObject({ kind: 'unserved' });
  });

  it('is the freeze, the brake or the window that a step met, with who, why and until when', () => {
    const canary = (waiting_for: string, over: Partial<WaitFacts> = {}) => {
      const place = { state: 'delayed', until: later(2), attemptsMade: 0, failure: null } as const;
      const front = [{ queue: 'canary', id: 'c', known: true, attempts: 5, place }] as const;
      return ask(front, { run: { ...run, status: 'waiting', waiting_for }, ...over });
    };
    const pauses = new Map([['canary', brake]] as const);
    // Watched to its end, whatever is braked.
    expect(canary(WAITS.tick, { freeze: brake, pauses })).toMatchObject({ kind: 'tick' });
    const about = { kind: 'hold' as const, toPct: 100 };
    const question = { canary: about, openedAt: NOW, deadlineAt: NOW, needed: 1, approved: [], mayDecide: [] };
    expect(canary(WAITS.tick, { question })).toEqual({ kind: 'human', question });
    const freeze =
      decideHold({ freeze: brake, pause: null, window: { open: true }, begun: false, now: NOW })?.why ?? '';
    expect(canary(freeze, { freeze: brake, pauses })).toEqual({ kind: 'frozen', brake });
    expect(canary(freeze), 'lifted meanwhile').toMatchObject({ kind: 'step' });
    const pause = decideHold({ freeze: null, pause: brake, window: { open: true }, begun: false, now: NOW })?.why ?? '';
    expect(canary(pause, { pauses })).toEqual({ kind: 'paused', queue: 'canary', brake });
    const closed = { open: false, until: new Date('2026-11-30T08:00:00Z') } as const;
    const window = decideHold({ freeze: null, pause: null, window: closed, begun: false, now: NOW })?.why ?? '';
    expect(describeWait(canary(window), NOW)).toBe('the deploy window opens at 2026-11-30T08:00Z');
    expect(describeWait({ kind: 'frozen', brake }, NOW)).toBe(
      'deployments are frozen by mara since 2026-11-27 09:00:00 UTC, 60 min, because: the key leaked',
    );
  });

  it('is the store whatever else would hold it, and the outcome whatever the store does', () => {
    const question = { canary: null, openedAt: NOW, deadlineAt: NOW, needed: 1, approved: [], mayDecide: [] };
    expect(ask([], { redis: null, question })).toMatchObject({ kind: 'store_unreachable', store: 'redis' });
    const finished = { ...run, status: 'finished', outcome: 'deployed' } as const;
    expect(ask([], { redis: null, run: finished })).toMatchObject({ kind: 'finished', outcome: 'deployed' });
  });
});

describe('the line', () => {
  it('says of a run in line that an operator moved it to the front', () => {
    const line = (wait: Parameters<typeof describeWait>[0]) => describeWait(wait, NOW, true);
    expect(line({ kind: 'agent_slot', place: 1, cap: 5 })).toBe(
      '1st in line for an agent slot (all 5 are taken), moved to the front',
    );
    expect(line({ kind: 'queued', queue: 'review', place: 2 })).toMatch(/review, moved to the front$/);
    expect(line({ kind: 'tick', until: later(7) }), 'a tick is no line').toBe('next canary tick in 7 s');
  });

  it('counts as people do', () => {
    const line = (place: number) => describeWait({ kind: 'agent_slot', place, cap: 5 }, NOW).slice(0, 5);
    expect([1, 2, 3, 4, 11, 12, 13, 21, 112, 122].map(line)).toEqual([
      '1st i',
      '2nd i',
      '3rd i',
      '4th i',
      '11th ',
      '12th ',
      '13th ',
      '21st ',
      '112th',
      '122nd',
    ]);
  });

  it('rounds up what is left, so that it never says zero while it waits', () => {
    expect(describeWait({ kind: 'tick', until: later(6.2) }, NOW)).toBe('next canary tick in 7 s');
    expect(describeWait({ kind: 'tick', until: later(0.1) }, NOW)).toBe('next canary tick in 1 s');
    expect(describeWait({ kind: 'tick', until: later(-1) }, NOW)).toBe('next canary tick now');
  });

  it('names some of many people, and says when nobody may decide', () => {
    const question = { canary: null, openedAt: later(-60), deadlineAt: later(3_600), needed: 1, approved: [] };
    const names = ['a', 'b', 'c', 'd', 'e'];
    expect(describeWait({ kind: 'human', question: { ...question, mayDecide: names } }, NOW)).toBe(
      'for a human since 2026-11-27 09:59:00 UTC, 60 s (a, b, c or 2 more may decide; expires in 60 min)',
    );
    expect(describeWait({ kind: 'human', question: { ...question, mayDecide: [] } }, NOW)).toContain(
      'nobody in people: may decide',
    );
  });

  it('says what a live canary waits for, and what comes of it', () => {
    const asked = { openedAt: later(-60), deadlineAt: later(3_600), needed: 2, approved: ['a'], mayDecide: ['b'] };
    const question = { ...asked, canary: { kind: 'hold' as const, toPct: 100 } };
    expect(describeWait({ kind: 'human', question }, NOW)).toBe(
      'for a human to decide the canary on hold, which is watched meanwhile, since 2026-11-27 09:59:00 UTC, 60 s, 1 of 2 approvals (b may decide; until 2026-11-27 11:00:00 UTC, then it is rolled back)',
    );
  });
});
