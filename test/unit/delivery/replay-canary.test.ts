import { expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import { judgeCanary } from '../../../src/delivery/judge/judge-canary.ts';
import { replayCanary } from '../../../src/delivery/judge/replay-canary.ts';
import { repeat, ticksOf } from './canary-ticks.ts';

const limits = SlipwayFile.parse({}).thresholds;

it('falls where the live verdict fell, although more ticks were stored afterwards', () => {
  const bad = { canary: 250, canaryErrors: 50 };
  const ticks = ticksOf([...repeat(60, {}), ...repeat(20, bad)]);
  expect(replayCanary(ticks, limits)).toMatchObject({ tick: 60, judgement: { verdict: 'PASS' } });
  expect(judgeCanary({ ticks, limits }).verdict).toBe('FAIL');
});

it('takes ticks in any order, names the tick of a failure, and goes on while there is none', () => {
  const ticks = ticksOf([...repeat(10, {}), { canary: 250, canaryErrors: 100 }, {}]);
  expect(replayCanary(ticks.toReversed(), limits)).toMatchObject({
    tick: 11,
    judgement: { verdict: 'FAIL', cause: 'regression' },
  });
  expect(replayCanary(ticks.slice(0, 5), limits)).toMatchObject({ tick: 4, judgement: { verdict: 'CONTINUE' } });
  expect(replayCanary([], limits)).toBeNull();
});
