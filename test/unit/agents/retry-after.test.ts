import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../src/agents/retry-after.ts';

const now = new Date('2026-11-23T10:00:00Z');

describe('retryAfterMs', () => {
  it.each([
    ['seconds', { 'retry-after': '12' }, 12_000],
    ['an HTTP date', { 'retry-after': 'Mon, 23 Nov 2026 10:00:45 GMT' }, 45_000],
    ['milliseconds before seconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    ['nothing', {}, 30_000],
    ['nonsense', { 'retry-after': 'soon' }, 30_000],
    ['zero', { 'retry-after': '0' }, 1000],
    ['a date in the past', { 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT' }, 1000],
    ['a day', { 'retry-after': '86400' }, 3_600_000],
    ['a negative number', { 'retry-after': '-5' }, 30_000],
  ] as const)('reads %s', (_what, headers, expected) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(expected);
  });

  it('has a default without headers', () => {
    expect(retryAfterMs(undefined, now)).toBe(30_000);
  });
});
