import { describe, expect, test } from 'vitest';
import { type KnownRun, planLook } from '../../../src/forge/plan-look.decide.ts';
import type { Pull } from '../../../src/forge/pull.ts';
import { CLOSED } from '../../../src/http/github/pull-request-event.ts';
import { Sha } from '../../../src/ids.ts';
import { makeRunRow } from '../../support/run-row.ts';

const NOW = new Date('2026-11-28T10:00:00Z');
const [A, B] = [Sha.parse('a'.repeat(40)), Sha.parse('b'.repeat(40))];
const pull: Pull = {
  number: 7,
  state: 'open',
  title: 'A change',
  draft: false,
  user: { login: 'octocat' },
  head: { sha: A },
  base: { ref: 'main' },
  updated_at: NOW.toISOString(),
};
const run = (head_sha: string, minute: number, over: Partial<KnownRun> = {}) =>
  makeRunRow({ pr_number: 7, head_sha, created_at: new Date(NOW.getTime() + minute * 60_000), ...over });
/** Runs as the store lists them, the newest first. */
const look = (...runs: KnownRun[]) =>
  planLook({ open: [pull], runs: runs.toReversed(), branches: ['main'], since: NOW }).heads.map(({ back }) => back);
const over = (outcome: string, stop_kind: KnownRun['stop_kind'] = null): Partial<KnownRun> => ({
  status: 'finished',
  outcome,
  stop_kind,
});

test('a head without a run is missed, whatever dry runs there are', () => {
  expect(look()).toEqual([false]);
  expect(look(run(B, 0), run(A, 1, { dry_run: true }))).toEqual([false]);
});

test.each<[string, KnownRun[]]>([
  ['while its own stops', [run(A, 0, { stop_kind: 'superseded' }), run(B, 1)]],
  ['whose newer one is over', [run(A, 0, over('superseded', 'superseded')), run(B, 1, over('deployed'))]],
  ['where people had said no to its own', [run(A, 0, over('rejected')), run(B, 1, over('blocked'))]],
  ['that is in production, while another lives', [run(A, 0, over('deployed')), run(B, 1)]],
  ['that lives, while another does too', [run(B, 0), run(A, 1)]],
  ['whose run a closing cancelled', [run(A, 0, { ...over('cancelled', 'cancelled'), stop_reason: CLOSED })]],
])('a head that had a run is missed: %s', (_what, runs) => {
  expect(look(...runs)).toEqual([true]);
});

test.each<[string, KnownRun[]]>([
  ['lives', [run(B, 0, { stop_kind: 'superseded' }), run(A, 1)]],
  ['is in production', [run(A, 0, over('deployed')), run(B, 1, over('blocked'))]],
  ['was cancelled by people', [run(B, 0, over('superseded', 'superseded')), run(A, 1, over('cancelled', 'cancelled'))]],
  ['was judged', [run(B, 0, over('superseded', 'superseded')), run(A, 1, over('rejected'))]],
])('and is not where the newest run is its own and %s', (_what, runs) => {
  expect(look(...runs)).toEqual([]);
});

describe('pull requests that are not looked at', () => {
  test.each<[string, Partial<Pull>]>([
    ['drafts', { draft: true }],
    ['those against another branch', { base: { ref: 'develop' } }],
    ['those that nobody touched since the watch began', { updated_at: '2026-11-28T09:54:00Z' }],
  ])('%s', (_what, change) => {
    expect(planLook({ open: [{ ...pull, ...change }], runs: [], branches: ['main'], since: NOW }).heads).toEqual([]);
  });

  test('a live run whose pull request is not open is asked about, a dry one too', () => {
    const runs = [
      run(A, 0),
      run(B, 1, { pr_number: 8, dry_run: true }),
      run(B, 1, { pr_number: 9, stop_kind: 'cancelled' }),
    ];
    expect(planLook({ open: [pull], runs, branches: ['main'], since: NOW }).gone).toEqual([8]);
  });
});
