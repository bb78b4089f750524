import { describe, expect, it } from 'vitest';
import { classifyChange } from '../../../src/policy/change-class.ts';
import { makeFacts, makeFinding } from '../../support/change-facts.ts';

const fix = {
  facts: makeFacts(),
  change_type: 'bugfix',
  score: 1,
  findings: [],
  service_rollbacks: 0,
} as const;

describe('the class of a change', () => {
  it('is a low-risk fix when it is small, plain and in a stable service', () => {
    expect(classifyChange(fix)).toEqual(['low_risk_fix']);
  });

  it.each([
    ['is a feature', { change_type: 'feature' }],
    ['scores 3', { score: 3 }],
    ['has no score', { score: null }],
    ['comes to a service with a recent rollback', { service_rollbacks: 1 }],
    ['has a serious finding', { findings: [makeFinding({ severity: 'high' })] }],
    ['changes dependencies', { facts: makeFacts({ dependency_changes: true }) }],
    ['may add a secret', { facts: makeFacts({ secrets_added: null }) }],
    ['touches the pipeline', { facts: makeFacts({ ci_or_infra_changes: true }) }],
  ] as const)('is none when it %s', (_what, over) => {
    expect(classifyChange({ ...fix, ...over })).toEqual([]);
  });

  it.each([
    ['schema_changes_detected', 'schema_migration'],
    ['new_service_integration', 'third_party_integration'],
  ] as const)('%s makes it %s, known or not', (fact, name) => {
    expect(classifyChange({ ...fix, facts: makeFacts({ [fact]: true }) })).toEqual([name]);
    expect(classifyChange({ ...fix, facts: makeFacts({ [fact]: null }) })).toEqual([name]);
  });

  it.each([
    ['compliance_scope', 'compliance_audited'],
    ['performance_critical', 'performance_critical'],
  ] as const)('%s makes it %s, known or not', (fact, name) => {
    expect(classifyChange({ ...fix, facts: makeFacts({ [fact]: true }) })).toEqual([name]);
    expect(classifyChange({ ...fix, facts: makeFacts({ [fact]: null }) })).toEqual([name]);
  });

  it('can be several at once, the strictest first', () => {
    const facts = makeFacts({ schema_changes_detected: true, new_service_integration: true });
    expect(classifyChange({ ...fix, facts })).toEqual(['schema_migration', 'third_party_integration']);
  });
});
