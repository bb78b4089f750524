import { describe, expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import type { BranchPolicyText } from '../../../src/policy/branch-policy.ts';
import { effectivePolicy } from '../../../src/policy/effective-policy.ts';

const service = { repository: '/r', repo: 'a/b', delivery: { kind: 'local', command: ['x'] } };
const file = (over: object = {}) =>
  SlipwayFile.parse({ services: { shop: service, other: { ...service, repo: 'a/c' } }, ...over });
const digest = (over: object = {}, branch: BranchPolicyText = { kind: 'none' }) =>
  effectivePolicy(file(over), 'shop', branch).digest;

describe('the policy that an approval is bound to', () => {
  it.each([
    ['the threshold', { thresholds: { risk_score_max: 5 } }],
    ['a rule', { escalation: { auto_route_to_human: ['docs_only'] } }],
    ['how many people must approve', { approvals: { minimum: 2 } }],
    ['its own tier', { services: { shop: { ...service, tier: 'critical' } } }],
    ['its own threshold', { services: { shop: { ...service, thresholds: { risk_score_max: 7 } } } }],
  ])('changes with %s', (_what, over) => {
    expect(digest(over)).not.toBe(digest());
  });

  it.each([
    ['another service', { services: { shop: service, other: { ...service, repo: 'a/c', tier: 'critical' } } }],
    ['people', { people: { ada: { emails: ['ada@example.com'] } } }],
    ['the rollout', { rollout: { automated_pct: 10 } }],
    ['the size of the fleet', { orchestration: { max_concurrent_agents: 9 } }],
  ])('does not change with %s', (_what, over) => {
    expect(digest(over)).toBe(digest());
  });

  it('changes with the policy of the target branch', () => {
    const asks = { kind: 'ok', path: 'slipway.yaml', policy: { thresholds: { risk_score_max: 5 } } } as const;
    expect(digest({}, asks)).not.toBe(digest());
    expect(digest({}, { kind: 'invalid', path: 'slipway.yaml', problem: 'x' })).not.toBe(digest());
  });
});
