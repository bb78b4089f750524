import { expect, test } from 'vitest';
import { redactJobData } from '../../../src/http/board.ts';
import { baselineRows } from '../../../src/http/pages/baseline-rows.ts';
import { safeNext } from '../../../src/http/pages/login-routes.tsx';
import { noticeOf } from '../../../src/http/pages/notices.ts';
import { readEvidence } from '../../../src/http/pages/run-evidence.ts';
import { runStatus } from '../../../src/http/pages/run-status.ts';
import { showInstant, showRelative } from '../../../src/http/pages/show-time.ts';
import { showDuration } from '../../../src/show-duration.ts';
import { makeFakeDesk } from '../../support/fake-desk.ts';
import { makeContextPackage } from '../../support/http-seeds.ts';

test('a finished run is its outcome, any other what it does', () => {
  expect(runStatus({ status: 'finished', outcome: 'rolled_back' })).toEqual({ tone: 'bad', label: 'Rolled back' });
  expect(runStatus({ status: 'finished', outcome: 'deployed' })).toEqual({ tone: 'good', label: 'Deployed' });
  expect(runStatus({ status: 'waiting', outcome: null })).toEqual({ tone: 'wait', label: 'Waiting' });
});

test.each([
  [0, '0 s'],
  [119_999, '119 s'],
  [120_000, '2 min'],
  [7_199_999, '119 min'],
  [7_200_000, '2 h'],
  [48 * 3_600_000, '2 d'],
  [-5, '0 s'],
])('%i ms are %s', (ms, shown) => {
  expect(showDuration(ms)).toBe(shown);
});

test('times say their zone and their distance', () => {
  const now = new Date('2026-11-23T14:03:05.000Z');
  expect(showInstant(now)).toBe('23 Nov 2026, 14:03:05 UTC');
  expect(showRelative(new Date(now.getTime() - 300_000), now)).toBe('5 min ago');
  expect(showRelative(new Date(now.getTime() + 3 * 3_600_000), now)).toBe('in 3 h');
  expect(showRelative(now, now)).toBe('just now');
});

test('a baseline shows units and its window on one line', () => {
  const rows = baselineRows({
    requests: 48213,
    error_rate: 0.0012,
    p99_ms: 142.6,
    p50_ms: null,
    window_from: '2026-11-22T22:00:00.000Z',
    window_to: '2026-11-23T22:00:00.000Z',
  });
  expect(rows).toEqual([
    { label: 'Requests', value: '48,213' },
    { label: 'Error rate', value: '0.12 %' },
    { label: 'p99', value: '142.6 ms' },
    { label: 'p50', value: 'not known' },
    { label: 'UTC window', value: '11-22 22:00 – 11-23 22:00' },
  ]);
});

test('without a question the page takes what the review left on the record, part by part', async () => {
  const desk = makeFakeDesk();
  const { id } = desk.seed();
  const { findings, score } = makeContextPackage();
  desk.append(id, { event: 'review_evaluation', stage: 'review', payload: { findings, score, facts: 'not a record' } });
  const view = await desk.view(id as never);
  const evidence = readEvidence(view!);
  expect(evidence.findings).toEqual(findings);
  expect(evidence.score).toEqual(score);
  expect(evidence.facts).toBeNull();
});

test('with questions the page shows the package of the latest', async () => {
  const desk = makeFakeDesk();
  const { id } = desk.seed();
  desk.escalate(id, 'staging', makeContextPackage({ title: 'late' }), { opened_at: new Date(2) });
  desk.escalate(id, 'review', makeContextPackage({ title: 'early' }), { opened_at: new Date(1) });
  expect(readEvidence((await desk.view(id as never))!).title).toBe('late');
});

test.each(['//evil.example', 'https://evil.example', '/\\evil.example', '/runs/x', '/login', undefined, ['/']])(
  'after signing in nobody is sent to %j',
  (next) => {
    expect(safeNext(next)).toBe('/');
  },
);

test('after signing in a person comes to the page that was asked for', () => {
  expect(safeNext(`/runs/${'a'.repeat(32)}`)).toBe(`/runs/${'a'.repeat(32)}`);
  expect(safeNext('/admin/queues')).toBe('/admin/queues');
});

test('a notice is a word of ours, never text from the address', () => {
  expect(noticeOf('approve')).toMatchObject({ tone: 'good' });
  expect(noticeOf('<script>')).toBeNull();
});

test('the board shows ids and hides everything else', () => {
  expect(
    redactJobData({ run_id: 'a1', round: 2, proceed: true, diff: 'secret', stage: 'a b\nc', nested: { run_id: 'x' } }),
  ).toEqual({
    run_id: 'a1',
    round: 2,
    proceed: true,
    diff: '[redacted]',
    stage: '[redacted]',
    nested: '[redacted]',
  });
  expect(redactJobData('text')).toBe('[redacted]');
  expect(redactJobData(null)).toBeNull();
});
