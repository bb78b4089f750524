import { expect, it } from 'vitest';
import { makeSignedPromotions } from '../../../src/audit/signed-promotions.ts';
import { recorded } from '../../support/entries.ts';

type Over = Omit<Parameters<typeof recorded>[1], 'stage'>;

function watch(...entries: Over[]) {
  const promotions = makeSignedPromotions();
  for (const [seq, over] of entries.entries())
    promotions.add(String(seq), recorded(seq, { stage: 'canary', ...over }).entry);
  return promotions;
}

const verdict = { event: 'canary_verdict', outcome: 'PASS' } as const;
const promoted = [verdict, { event: 'promotion.intended' }, { event: 'production_release' }] as const;

it('what became production rests on its verdict: the promotion itself need not be covered', () => {
  const promotions = watch({ event: 'review_evaluation' }, ...promoted);
  expect(promotions.count()).toBe(1);
  expect(promotions.beyond(2n)).toEqual([]);
  expect(promotions.beyond(1n)).toMatchObject([
    { seq: '2', detail: expect.stringMatching(/became production on entry 1, and the checkpoint ends with entry 0/) },
  ]);
  expect(promotions.beyond(0n)[0]?.detail).toContain('there is no signed checkpoint');
});

it('a release without a verdict rests on itself, and a dry run makes nothing production', () => {
  expect(watch({ event: 'production_release' }).beyond(0n)).toMatchObject([{ seq: '0' }]);
  expect(watch({ event: 'production_release' }).beyond(1n)).toEqual([]);
  expect(watch(...promoted.map((over) => ({ ...over, dry_run: true }))).count()).toBe(0);
});
