import { describe, expect, it } from 'vitest';
import { authorisesCanary, authorisesPromotion, authorisesStaging } from '../../../src/runs/authorise.ts';
import { recorded } from '../../support/entries.ts';

const review = (route: string) => recorded(1, { stage: 'review', event: 'review_evaluation', payload: { route } });
const asked = (stage: 'review' | 'test-gen' | 'staging') => recorded(2, { stage, event: 'escalated' });
const approve = (stage: 'review' | 'test-gen' | 'staging', kind: 'human' | 'agent' | 'system' = 'human') =>
  recorded(3, { stage, event: 'human_decision', outcome: 'approve', actor: { kind, id: 'mara' } });
const generated = recorded(4, { stage: 'test-gen', event: 'test_generation', outcome: 'skipped' });
const validated = recorded(5, { stage: 'staging', event: 'staging_validation', payload: { artifact: 'one' } });
const verdict = (outcome: string) =>
  recorded(6, { stage: 'canary', event: 'canary_verdict', outcome, payload: { artifact: 'one' } });

describe('staging is authorised', () => {
  it('by an automated review', () => {
    const automated = review('automated');
    expect(authorisesStaging([automated, generated])).toBe(automated);
  });
  it('by a person’s approval of a review that asked for one', () => {
    const approval = approve('review');
    expect(authorisesStaging([review('human'), asked('review'), approval, generated])).toBe(approval);
  });
  it('never by an agent or by the system in a person’s place', () => {
    expect(authorisesStaging([review('human'), approve('review', 'agent'), generated])).toBeNull();
    expect(authorisesStaging([review('human'), approve('review', 'system'), generated])).toBeNull();
  });
  it('not while test generation asks and nobody answered', () => {
    expect(authorisesStaging([review('automated'), generated, asked('test-gen')])).toBeNull();
    expect(authorisesStaging([review('automated'), generated, asked('test-gen'), approve('test-gen')])).not.toBeNull();
  });
  it('not without a review, and not before test generation ended', () => {
    expect(authorisesStaging([generated])).toBeNull();
    expect(authorisesStaging([review('automated')])).toBeNull();
  });
});

describe('a canary is authorised', () => {
  it('by the validation of the very artifact', () => {
    expect(authorisesCanary([validated], 'one')).toBe(validated);
    expect(authorisesCanary([validated], 'another')).toBeNull();
    expect(authorisesCanary([], 'one')).toBeNull();
  });
  it('not while staging asks and nobody answered', () => {
    expect(authorisesCanary([validated, asked('staging')], 'one')).toBeNull();
  });
});

describe('a promotion is authorised', () => {
  it('only by a recorded PASS of the very artifact', () => {
    expect(authorisesPromotion([verdict('PASS')], 'one')).not.toBeNull();
    expect(authorisesPromotion([verdict('PASS')], 'another')).toBeNull();
    expect(authorisesPromotion([verdict('FAIL')], 'one')).toBeNull();
    expect(authorisesPromotion([verdict('INCONCLUSIVE')], 'one')).toBeNull();
    expect(authorisesPromotion([], 'one')).toBeNull();
  });
  it('by a person, where a canary on hold was let go and the verdict names who decided', () => {
    const decision = (over: object = {}) =>
      recorded(5, {
        stage: 'canary',
        event: 'human_decision',
        outcome: 'approve',
        actor: { kind: 'human', id: 'mara' },
        payload: { artifact: 'one' },
        ...over,
      });
    const asked = recorded(4, {
      stage: 'canary',
      step: 'route',
      event: 'escalated',
      payload: { deadline: '2026-11-27T11:00:00.000Z', canary: { kind: 'hold', to_pct: 100 } },
    });
    const undecided = (outcome: string, payload: object = { artifact: 'one', decided_by: '5' }) =>
      recorded(6, { stage: 'canary', event: 'canary_verdict', outcome, payload: { ...payload } });
    const may = undecided('INCONCLUSIVE');
    expect(authorisesPromotion([asked, decision(), may], 'one')).toBe(may);
    expect(authorisesPromotion([asked, decision(), undecided('FAIL')], 'one'), 'never over a FAIL').toBeNull();
    expect(authorisesPromotion([asked, decision(), may], 'another')).toBeNull();
    expect(authorisesPromotion([asked, may], 'one')).toBeNull();
    expect(authorisesPromotion([asked, decision(), undecided('INCONCLUSIVE', { artifact: 'one' })], 'one')).toBeNull();
    for (const other of [
      { outcome: 'reject' },
      { outcome: 'extend' },
      { stage: 'review' as const },
      { actor: { kind: 'system' as const, id: 'slipway' } },
      { payload: { artifact: 'another' } },
    ])
      expect(authorisesPromotion([asked, decision(other), may], 'one'), JSON.stringify(other)).toBeNull();
  });
  it('never by a person: an approval of the review, or of a stage, says nothing about the canary', () => {
    expect(
      authorisesPromotion(
        [review('human'), asked('review'), approve('review'), generated, approve('staging'), validated],
        'one',
      ),
    ).toBeNull();
  });
});
