import { expect, it } from 'vitest';
import { openIntents } from '../../../src/runs/open-intents.ts';
import { recorded } from '../../support/entries.ts';

const at = (seq: number, event: 'intended' | 'completed' | 'failed' | 'unknown', n = 0) =>
  recorded(seq, { stage: 'canary', step: 'weight', event: `canary_weight.${event}`, n });

it('is open until it has an outcome of whatever kind', () => {
  const names = (...entries: Parameters<typeof openIntents>[0]) =>
    openIntents(entries).map(({ name, stage, step, n }) => [name, stage, step, n]);
  expect(names(at(1, 'intended'))).toEqual([['canary_weight', 'canary', 'weight', 0]]);
  for (const outcome of ['completed', 'failed', 'unknown'] as const)
    expect(names(at(1, 'intended'), at(2, outcome))).toEqual([]);
});

it('is not closed by the outcome of another one', () => {
  expect(openIntents([at(1, 'intended'), at(2, 'intended', 1), at(3, 'completed', 1)]).map(({ n }) => n)).toEqual([0]);
});

it('does not take other entries for effects', () => {
  expect(openIntents([recorded(1, { stage: 'canary', event: 'canary_started' })])).toEqual([]);
});
