import { describe, expect, test } from 'vitest';
import { decideHead } from '../../../src/runs/enqueue.decide.ts';
import { isLaterHead } from '../../../src/runs/later-head.ts';
import type { Run } from '../../../src/store/tables.ts';
import { makeRunRow } from '../../support/run-row.ts';

const minute = (n: number) => new Date(Date.UTC(2026, 10, 28, 10, n));
/** Named by the forge at one minute, and in line a minute later. */
const head = (sha: string, at: number | null, over: Partial<Run> = {}) =>
  makeRunRow({
    head_sha: sha.repeat(40),
    head_at: at === null ? null : minute(at),
    created_at: minute((at ?? 0) + 1),
    ...over,
  });
const over = (outcome: string): Partial<Run> => ({ status: 'finished', outcome });
const superseded: Partial<Run> = { stop_kind: 'superseded' };
const ask = (facts: { at: number | null; own?: Run; others?: Run[]; again?: boolean }) =>
  decideHead({
    headAt: facts.at === null ? null : minute(facts.at),
    again: facts.again ?? false,
    own: facts.own,
    others: facts.others ?? [],
  });

describe('a head without a run', () => {
  test('starts, whether the forge gave a time or not', () => {
    expect(ask({ at: 5 }).kind).toBe('start');
    expect(ask({ at: null, others: [head('b', 9)] }).kind).toBe('start');
    expect(ask({ at: 5, others: [head('b', 4)] }).kind).toBe('start');
  });

  test('starts none when the forge has named others since: the latest of them answers', () => {
    const latest = head('c', 9, over('blocked'));
    expect(ask({ at: 5, others: [head('b', 7), latest, head('d', 3)] })).toEqual({ kind: 'old_word', current: latest });
  });
});

describe('a head that had a run', () => {
  const other = head('b', 5);

  test.each<[string, Partial<Run>]>([
    ['still stopping', superseded],
    ['superseded', { ...superseded, ...over('superseded') }],
    ['cancelled', { stop_kind: 'cancelled', ...over('cancelled') }],
    ['rejected', over('rejected')],
    ['blocked', over('blocked')],
    ['rolled back', over('rolled_back')],
    ['failed', over('failed')],
    ['in production', over('deployed')],
  ])('is back where another was in between (%s)', (_what, state) => {
    const own = head('a', 1, state);
    expect(ask({ at: 8, own, others: [other] })).toEqual({ kind: 'back', own });
    expect(ask({ at: 8, own: { ...own, head_at: null }, others: [other] }).kind).toBe('back');
  });

  test('is not back by a request that is as old as its run, that the forge has outdated, or that has no time', () => {
    const own = head('a', 1, superseded);
    for (const at of [1, 0, 4, null]) expect(ask({ at, own, others: [other] }).kind).toBe('known');
  });

  test('is not back where it was judged or cancelled and no other head came since', () => {
    for (const state of [over('rejected'), { stop_kind: 'cancelled', ...over('cancelled') } as const]) {
      expect(ask({ at: 8, own: head('a', 5, state), others: [head('b', 1)] }).kind).toBe('known');
      expect(ask({ at: 8, own: head('a', 5, state) }).kind).toBe('known');
    }
  });

  test('keeps the run that lives', () => {
    const own = head('a', 1);
    expect(ask({ at: 8, own, others: [other], again: true })).toEqual({ kind: 'known', own });
  });

  test('has another one when somebody asks for it by name, also while it stops', () => {
    expect(ask({ at: null, own: head('a', 1, over('deployed')), again: true }).kind).toBe('start');
    expect(ask({ at: null, own: head('a', 1, superseded), others: [other], again: true }).kind).toBe('start');
  });
});

test('of two heads the later one by the forge is the newer; one without a time only where it was there before', () => {
  const at = (head_at: number | null, created: number) => ({
    head_at: head_at === null ? null : minute(head_at),
    created_at: minute(created),
  });
  expect(isLaterHead(at(5, 9), at(4, 1))).toBe(true);
  expect(isLaterHead(at(4, 9), at(5, 1))).toBe(false);
  expect(isLaterHead(at(4, 9), at(4, 1))).toBeNull();
  expect(isLaterHead(at(5, 9), at(null, 4))).toBe(true);
  expect(isLaterHead(at(5, 9), at(null, 6))).toBeNull();
  expect(isLaterHead(at(null, 4), at(5, 9))).toBe(false);
  expect(isLaterHead(at(null, 4), at(null, 5))).toBeNull();
});
