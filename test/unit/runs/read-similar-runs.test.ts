import { expect, it } from 'vitest';
import { rankSimilar } from '../../../src/runs/read-similar-runs.ts';

const run = { author: 'ada', risk_score: 5 };
const past = (id: string, over: object = {}) => ({
  id,
  pr_number: 1,
  title: id,
  author: 'bob',
  outcome: 'deployed',
  risk_score: 0,
  decision: null,
  finished_at: new Date('2026-11-20T00:00:00Z'),
  reasons: [],
  ...over,
});

it('shows what was asked about for the same reasons first, and says in which way each is similar', () => {
  const found = rankSimilar(
    [
      past('nothing in common'),
      past('near score alone', { risk_score: 5 }),
      past('same author', { author: 'Ada' }),
      past('same reason', { reasons: ['schema_changes_detected'], decision: 'approve' }),
      past('reason and score', { reasons: ['schema_changes_detected'], risk_score: 5.5, outcome: 'rolled_back' }),
    ],
    run,
    ['schema_changes_detected', 'risk_score'],
  );
  expect(found.map(({ id, why }) => [id, why])).toEqual([
    ['reason and score', 'same reason: schema changes detected, similar score'],
    ['same reason', 'same reason: schema changes detected'],
    ['same author', 'same author'],
  ]);
});

it('shows five at most, the newest of equals', () => {
  const many = Array.from({ length: 9 }, (_, day) =>
    past(String(day), { author: 'ada', finished_at: new Date(Date.UTC(2026, 10, day + 1)) }),
  );
  expect(rankSimilar(many, run, []).map(({ id }) => id)).toEqual(['8', '7', '6', '5', '4']);
});
