import { describe, expect, test } from 'vitest';
import { DeployWindow } from '../../../src/config/schema.ts';
import { decideWindow } from '../../../src/delivery/deploy-window.ts';

const office = DeployWindow.parse({ from: '09:00', to: '17:00', time_zone: 'Europe/Berlin' });
const at = (iso: string) => new Date(iso);

describe('deploy windows', () => {
  test('without one, always', () => {
    expect(decideWindow([], at('2026-11-29T03:00:00Z'))).toEqual({ open: true });
  });

  test('open from its first minute to the one before its end, by the clocks of its zone', () => {
    // Berlin is one hour ahead of UTC in November, two in July; the 27th of November 2026 is a Friday.
    expect(decideWindow([office], at('2026-11-27T07:59:59Z'))).toEqual({
      open: false,
      until: at('2026-11-27T08:00:00Z'),
    });
    expect(decideWindow([office], at('2026-11-27T08:00:00Z'))).toEqual({ open: true });
    expect(decideWindow([office], at('2026-11-27T15:59:59Z'))).toEqual({ open: true });
    expect(decideWindow([office], at('2026-07-03T07:00:00Z'))).toEqual({ open: true });
    expect(decideWindow([office], at('2026-07-03T15:00:00Z')).open).toBe(false);
  });

  test('closed on Friday evening until Monday morning', () => {
    expect(decideWindow([office], at('2026-11-27T16:00:00Z'))).toEqual({
      open: false,
      until: at('2026-11-30T08:00:00Z'),
    });
  });

  test('across the change of clocks it opens at the same time of day', () => {
    // On Sunday the 29th of March 2026 Berlin goes from UTC+1 to UTC+2.
    expect(decideWindow([office], at('2026-03-27T20:00:00Z'))).toEqual({
      open: false,
      until: at('2026-03-30T07:00:00Z'),
    });
  });

  test('an opening that the change of clocks skips is right behind it', () => {
    const night = DeployWindow.parse({ days: ['sun'], from: '02:30', to: '04:00', time_zone: 'Europe/Berlin' });
    const { until } = { until: null, ...decideWindow([night], at('2026-03-28T12:00:00Z')) };
    expect(until).toEqual(at('2026-03-29T01:30:00Z'));
    expect(decideWindow([night], at('2026-03-29T01:30:00Z'))).toEqual({ open: true });
  });

  test('of several the one that opens first counts', () => {
    const saturday = DeployWindow.parse({ days: ['sat'], from: '00:00', to: '24:00', time_zone: 'Asia/Tokyo' });
    expect(decideWindow([office, saturday], at('2026-11-27T14:59:00Z'))).toEqual({ open: true });
    expect(decideWindow([saturday], at('2026-11-27T14:59:00Z'))).toEqual({
      open: false,
      until: at('2026-11-27T15:00:00Z'),
    });
    expect(decideWindow([saturday], at('2026-11-28T14:59:59Z'))).toEqual({ open: true });
    expect(decideWindow([saturday], at('2026-11-28T15:00:00Z'))).toEqual({
      open: false,
      until: at('2026-12-04T15:00:00Z'),
    });
  });

  test('what is no window is refused with its field', () => {
    for (const wrong of [
      { from: '9:00', to: '17:00' },
      { from: '17:00', to: '09:00' },
      { from: '09:00', to: '09:00' },
      { from: '09:00', to: '25:00' },
      { from: '09:00', to: '17:00', time_zone: 'Mars/Base' },
      { from: '09:00', to: '17:00', days: [] },
      { from: '09:00', to: '17:00', days: ['monday'] },
    ])
      expect(DeployWindow.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
  });
});
