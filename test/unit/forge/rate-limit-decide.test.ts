import { expect, test } from 'vitest';
import { backOffMs, limitedUntil } from '../../../src/forge/rate-limit.decide.ts';

const NOW = new Date('2026-11-27T12:00:00Z');
const NONE = { retryAfter: null, remaining: null, reset: null };
const inSeconds = (s: number) => String(NOW.getTime() / 1000 + s);
const waitS = (status: number, headers: Partial<typeof NONE> | Record<string, string>) => {
  const until = limitedUntil(status, { ...NONE, ...headers }, NOW);
  return until === null ? null : (until.getTime() - NOW.getTime()) / 1000;
};

test.each<[string, number, Record<string, string>, number | null]>([
  ['500 is no limit', 500, {}, null],
  ['403 alone is a refusal', 403, {}, null],
  ['403 with some quota left is a refusal', 403, { remaining: '17', reset: inSeconds(900) }, null],
  ['seconds are obeyed', 403, { retryAfter: '90' }, 90],
  ['a date is obeyed', 429, { retryAfter: 'Fri, 27 Nov 2026 12:10:00 GMT' }, 600],
  ['nonsense is a minute', 429, { retryAfter: 'soon' }, 60],
  ['a moment is a minute', 429, { retryAfter: '0' }, 60],
  ['429 alone is a minute', 429, {}, 60],
  ['an exhausted quota waits for its reset', 403, { remaining: '0', reset: inSeconds(900) }, 900],
  ['a reset in the past is a minute', 403, { remaining: '0', reset: inSeconds(-900) }, 60],
  ['a reset that is nonsense is a minute', 429, { remaining: '0', reset: 'x' }, 60],
  ['retry-after comes before the reset', 403, { retryAfter: '120', remaining: '0', reset: inSeconds(900) }, 120],
  ['nothing waits longer than two hours', 403, { retryAfter: '999999999' }, 7200],
])('%s', (_what, status, headers, seconds) => {
  expect(waitS(status, headers)).toBe(seconds);
});

test('a repository that fails is left alone twice as long each time, up to 15 minutes and never shorter than the interval', () => {
  expect([1, 2, 3, 4, 9, 5000].map((n) => backOffMs(n, 180_000) / 1000)).toEqual([180, 360, 720, 900, 900, 900]);
  expect(backOffMs(1, 900_000)).toBe(900_000);
});
