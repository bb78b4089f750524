import { describe, expect, it } from 'vitest';
import { decideRoute, type RouteInput } from '../../../src/policy/route.ts';
import { makeFacts, makeFile, makeFinding } from '../../support/change-facts.ts';

function makeInput(over: Partial<RouteInput> = {}): RouteInput {
  return {
    review: { kind: 'reviewed' },
    score: 2,
    facts: makeFacts(),
    files: [makeFile()],
    problems: [],
    findings: [],
    rules: [{ kind: 'no', expression: 'schema_changes_detected' }],
    limits: { risk_score_max: 7 },
    policy: [],
    rollout: [],
    ...over,
  };
}

function codes(over: Partial<RouteInput>): string[] {
  return decideRoute(makeInput(over)).reasons.map((reason) => reason.code);
}

describe('decideRoute', () => {
  it('automates when nothing speaks for a human', () => {
    expect(decideRoute(makeInput())).toEqual({
      route: 'automated',
      auto_approvable: true,
      requires_human: false,
      reasons: [],
    });
  });

  it('asks a human and says so in all three words', () => {
    expect(decideRoute(makeInput({ score: 7 }))).toEqual({
      route: 'human',
      auto_approvable: false,
      requires_human: true,
      reasons: [{ code: 'risk_score', text: 'the risk score 7.0 is not below 7' }],
    });
  });

  it('automates just below the limit', () => {
    expect(codes({ score: 6.9 })).toEqual([]);
  });

  it.each([null, Number.NaN])('takes a missing score (%s) as a reason', (score) => {
    expect(codes({ score })).toEqual(['risk_score']);
  });

  it('holds a service to its own threshold', () => {
    expect(codes({ limits: { risk_score_max: 5 }, score: 5 })).toEqual(['risk_score']);
    expect(codes({ limits: { risk_score_max: 5 }, score: 4.9 })).toEqual([]);
  });

  it('never automates an inconclusive review', () => {
    expect(decideRoute(makeInput({ review: { kind: 'inconclusive', reason: 'refusal' } })).reasons).toEqual([
      { code: 'inconclusive', text: 'the review is inconclusive: refusal' },
    ]);
  });

  it.each(['breaking_api_contract', 'secrets_added', 'prompt_injection_suspected', 'ci_or_infra_changes'] as const)(
    'never automates %s, known or not',
    (fact) => {
      expect(codes({ facts: makeFacts({ [fact]: true }) })).toEqual([fact]);
      expect(codes({ facts: makeFacts({ [fact]: null }) })).toEqual([fact]);
    },
  );

  it('never automates a breaking finding, however small and unsure', () => {
    expect(codes({ findings: [makeFinding({ category: 'breaking', severity: 'low', confidence: 0.1 })] })).toEqual([
      'breaking_api_contract',
    ]);
  });

  it('shows a serious finding that is too unsure to count', () => {
    expect(codes({ findings: [makeFinding({ severity: 'high', confidence: 0.4 })] })).toEqual(['uncertain_finding']);
    expect(codes({ findings: [makeFinding({ severity: 'medium', confidence: 0.4 })] })).toEqual([]);
  });

  it('never automates what could not be read', () => {
    expect(codes({ files: [makeFile({ binary: true })] })).toEqual(['unreadable']);
    expect(codes({ problems: ['src/x.js: combined diff'] })).toEqual(['unreadable']);
  });

  it('takes every rule that is not a plain no', () => {
    const rules: RouteInput['rules'] = [
      { kind: 'yes', expression: 'schema_changes_detected' },
      { kind: 'yes', expression: 'lines_changed > 10.0' },
      { kind: 'unknown', expression: 'docs_only', missing: ['docs_only'] },
      { kind: 'error', expression: 'what', detail: 'Unknown variable: what' },
    ];
    expect(decideRoute(makeInput({ rules })).reasons).toEqual([
      { code: 'schema_changes_detected', text: 'rule: schema_changes_detected' },
      { code: 'rule', text: 'rule: lines_changed > 10.0' },
      { code: 'rule_unknown', text: 'rule: docs_only (not known: docs_only)' },
      { code: 'rule_error', text: 'rule: what (Unknown variable: what)' },
    ]);
  });

  it('says a fact once when code and a rule both name it', () => {
    const rules: RouteInput['rules'] = [{ kind: 'yes', expression: 'breaking_api_contract' }];
    expect(codes({ facts: makeFacts({ breaking_api_contract: true }), rules })).toEqual(['breaking_api_contract']);
  });

  it('names every reason, not only the first', () => {
    const all = codes({
      review: { kind: 'inconclusive', reason: 'no_model' },
      score: 9,
      facts: makeFacts({ secrets_added: true }),
    });
    expect(all).toEqual(['inconclusive', 'risk_score', 'secrets_added']);
  });
});
