import { describe, expect, it } from 'vitest';
import { Staging } from '../../../src/config/staging-schema.ts';
import { hourOfWeek, hoursLikeNow, median } from '../../../src/delivery/baseline-window.ts';
import { isCurrent } from '../../../src/runs/pull-baseline.ts';

const NOW = Date.parse('2026-11-27T08:40:00Z');

describe('hours like now', () => {
  it('are the same hour of the same day of the week, each over, and all inside the window', () => {
    const spans = hoursLikeNow(NOW, 30);
    expect(spans.map(({ fromMs }) => new Date(fromMs).toISOString())).toEqual([
      '2026-11-20T08:00:00.000Z',
      '2026-11-13T08:00:00.000Z',
      '2026-11-06T08:00:00.000Z',
      '2026-10-30T08:00:00.000Z',
    ]);
    expect(new Set(spans.map(({ fromMs }) => hourOfWeek(fromMs)))).toEqual(new Set([hourOfWeek(NOW)]));
    expect(hoursLikeNow(NOW, 6)).toEqual([]);
  });

  it('have the median as their middle', () => {
    expect([median([]), median([3]), median([9, 1]), median([9, 1, 2])]).toEqual([null, 3, 5, 2]);
  });
});

describe('a kept baseline', () => {
  const settings = Staging.parse({}).baseline;
  const current = (minutes: number, over = {}) =>
    isCurrent(new Date(NOW - minutes * 60_000), new Date(NOW), { ...settings, ...over });

  it('is used in its own hour of the week, while somebody keeps it fresh', () => {
    expect(current(35)).toBe(true);
    expect(current(45)).toBe(false);
    expect(current(45, { hours: 'all' })).toBe(true);
    expect(current(61, { hours: 'all' })).toBe(false);
    expect(current(-1)).toBe(false);
    expect(current(7 * 24 * 60)).toBe(false);
  });
});
