import { expect, test } from 'vitest';
import { decideHold, type HoldFacts } from '../../../src/workers/hold.decide.ts';

const now = new Date('2026-11-27T12:00:00Z');
const free: HoldFacts = { freeze: null, pause: null, window: { open: true }, begun: false, now };
const closed = { open: false, until: new Date('2026-11-30T08:00:00Z') } as const;
const ada = { actor: 'ada', reason: 'incident 12' };

test('nothing holds a run that nobody holds back', () => {
  expect(decideHold(free)).toBeNull();
});

test('a freeze holds whatever stands already, and is named before anything else', () => {
  const why = 'for the end of a freeze: ada, incident 12';
  expect(decideHold({ ...free, freeze: ada })).toMatchObject({ why });
  expect(decideHold({ ...free, freeze: ada, begun: true })).toMatchObject({ why });
  expect(decideHold({ ...free, freeze: ada, pause: ada, window: closed })).toMatchObject({ why });
});

test('a pause holds what has not begun, and no more', () => {
  expect(decideHold({ ...free, pause: ada })).toMatchObject({
    why: 'for the canary queue, which is paused: ada, incident 12',
  });
  expect(decideHold({ ...free, pause: ada, begun: true })).toBeNull();
});

test('a closed window holds what has not begun, until it opens; long waits are looked at again on the way', () => {
  expect(decideHold({ ...free, window: closed })).toEqual({
    why: 'for the deploy window that opens at 2026-11-30T08:00Z',
    ms: 60_000,
  });
  const soon = { open: false, until: new Date(now.getTime() + 1_500) } as const;
  expect(decideHold({ ...free, window: soon })).toMatchObject({ ms: 1_500 });
  expect(decideHold({ ...free, window: closed, begun: true })).toBeNull();
});

test('a long reason is cut: the wait is one line', () => {
  const hold = decideHold({ ...free, freeze: { actor: 'ada', reason: 'x'.repeat(5_000) } });
  expect(hold?.why.length).toBeLessThan(300);
});
