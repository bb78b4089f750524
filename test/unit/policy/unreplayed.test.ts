import { describe, expect, it } from 'vitest';
import { policyText } from '../../../src/config/policy-text.ts';
import { SlipwayFile } from '../../../src/config/schema.ts';
import { unreplayedParts } from '../../../src/policy/unreplayed.ts';

const delivery = { kind: 'local', command: ['x'] };
const file = (over: object = {}, service: object = {}) =>
  SlipwayFile.parse({ services: { shop: { repository: '/r', repo: 'a/shop', delivery, ...service } }, ...over });
const then = policyText(file());

describe('what a simulation cannot try', () => {
  it('is nothing where only what decides is another', () => {
    const other = file({ thresholds: { risk_score_max: 3 }, rollout: { automated_pct: 10 } }, { tier: 'critical' });
    expect(unreplayedParts(then, other, 'shop')).toEqual([]);
  });

  it('is what facts and histories were found with', () => {
    const other = file(
      { author_history: { window_days: 7 }, people: { ada: { logins: ['ada'] } } },
      { sensitive_paths: { compliance: ['ledger/**'] } },
    );
    expect(unreplayedParts(then, other, 'shop')).toEqual([
      'services.shop.sensitive_paths',
      'author_history.window_days',
      'people',
    ]);
  });

  it('is unknown where the policy of then is not kept', () => {
    expect(unreplayedParts('', file(), 'shop')).toEqual(['the policy of then cannot be read']);
  });
});
