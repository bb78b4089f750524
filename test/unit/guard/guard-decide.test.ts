import { describe, expect, it } from 'vitest';
import { decideGuard, type GuardFacts } from '../../../src/guard/guard.decide.ts';
import type { GuardedCanary, Zeroed } from '../../../src/guard/guard-state.ts';
import { RunId } from '../../../src/ids.ts';

const canary: GuardedCanary = {
  run_id: RunId.parse('ab'.repeat(16)),
  service: 'shop',
  fence: '7',
  started: { seq: '12', chain_hash: '0'.repeat(64) },
  traffic: true,
  promoting: false,
  limit_ms: 60_000,
  watched_at: '2026-11-27T08:00:00.000Z',
  zeroed: null,
};
const zeroed: Zeroed = {
  at: '2026-11-27T08:01:01.000Z',
  cause: 'no_tick',
  unwatched_s: 61,
  from_pct: 5,
  by: 'weight',
  recorded: true,
};
const facts: GuardFacts = { canary, seen: true, live: true, handedOver: false, unwatchedMs: 60_001 };

describe('decideGuard', () => {
  it.each([
    ['watched: leave', { ...facts, unwatchedMs: 60_000 }, { kind: 'leave' }],
    ['no tick, and the record says so: zero', facts, { kind: 'zero', cause: 'no_tick' }],
    [
      'not to be seen for the limit: zero, whatever the file said of its traffic',
      { ...facts, seen: false, canary: { ...canary, traffic: false } },
      { kind: 'zero', cause: 'store_silent' },
    ],
    ['not to be seen, but not for so long: leave', { ...facts, seen: false, unwatchedMs: 59_999 }, { kind: 'leave' }],
    [
      'seen, and its weight was never intended: there is nothing to take out',
      { ...facts, canary: { ...canary, traffic: false } },
      { kind: 'leave' },
    ],
    [
      'its worker could not take it out: zero, at once',
      { ...facts, handedOver: true, unwatchedMs: 0 },
      { kind: 'zero', cause: 'handed_over' },
    ],
    [
      'that cannot be known without the record',
      { ...facts, seen: false, handedOver: true, unwatchedMs: 0 },
      { kind: 'leave' },
    ],
    ['over: forget', { ...facts, live: false }, { kind: 'forget' }],
    ['gone from sight is not over', { ...facts, seen: false, live: false, unwatchedMs: 0 }, { kind: 'leave' }],
    [
      'taken out and watched again: it stays out',
      { ...facts, unwatchedMs: 0, canary: { ...canary, zeroed } },
      { kind: 'keep_zero' },
    ],
    ['taken out and over: forget', { ...facts, live: false, canary: { ...canary, zeroed } }, { kind: 'forget' }],
  ] satisfies [string, GuardFacts, object][])('%s', (_name, given, decision) => {
    expect(decideGuard(given)).toEqual(decision);
  });
});
