import { describe, expect, it } from 'vitest';
import { checkRules, evaluateRules, type RuleContext } from '../../../src/policy/rules.ts';
import { makeFacts } from '../../support/change-facts.ts';

function makeContext(over: Partial<RuleContext> = {}): RuleContext {
  return {
    ...makeFacts(),
    risk_score: 3,
    change_type: 'bugfix',
    tier: 'standard',
    service: 'shop',
    author: 'ada',
    files_changed: 2,
    lines_changed: 40,
    findings: 1,
    critical_findings: 0,
    high_findings: 0,
    paths: ['src/total.js', 'test/total.test.js'],
    ...over,
  };
}

function judge(expression: string, over: Partial<RuleContext> = {}) {
  return evaluateRules([expression], makeContext(over))[0];
}

const TEMPLATE = ['risk_score >= 7.0', 'schema_changes_detected', 'new_service_integration', 'breaking_api_contract'];

describe('evaluateRules', () => {
  it('answers each rule of the template', () => {
    expect(evaluateRules(TEMPLATE, makeContext()).map((result) => result.kind)).toEqual(['no', 'no', 'no', 'no']);
    const hot = makeContext({
      risk_score: 7,
      schema_changes_detected: true,
      new_service_integration: true,
      breaking_api_contract: true,
    });
    expect(evaluateRules(TEMPLATE, hot).map((result) => result.kind)).toEqual(['yes', 'yes', 'yes', 'yes']);
  });

  it.each([
    ['tier == "critical" && lines_changed > 30', { tier: 'critical' as const }],
    ['paths.exists(p, p.startsWith("src/"))', {}],
    ['!docs_only && change_type in ["bugfix", "feature"]', {}],
    ['size(paths) >= 2', {}],
    ['files_changed + 1.0 > 2.0', {}],
    ['true', {}],
  ])('understands %s', (expression, over) => {
    expect(judge(expression, over)).toEqual({ kind: 'yes', expression });
  });

  it('is unknown when a fact it names could not be judged, also behind a short cut', () => {
    expect(judge('schema_changes_detected', { schema_changes_detected: null })).toMatchObject({
      kind: 'unknown',
      missing: ['schema_changes_detected'],
    });
    expect(judge('risk_score >= 7.0 && secrets_added', { secrets_added: null })).toMatchObject({
      kind: 'unknown',
      missing: ['secrets_added'],
    });
    expect(judge('!docs_only', { docs_only: null })).toMatchObject({ kind: 'unknown' });
  });

  it('is unknown when a number is none, which CEL would call false', () => {
    expect(judge('risk_score >= 7.0', { risk_score: Number.NaN })).toMatchObject({
      kind: 'unknown',
      missing: ['risk_score'],
    });
    expect(judge('risk_score >= 7.0', { risk_score: null })).toMatchObject({
      kind: 'unknown',
      missing: ['risk_score'],
    });
  });

  it('does not mind an unknown fact that it does not name', () => {
    expect(judge('risk_score >= 7.0', { secrets_added: null })).toMatchObject({ kind: 'no' });
  });

  it('is an error when the rule itself is not valid', () => {
    expect(judge('schema_change_detected')).toMatchObject({
      kind: 'error',
      detail: 'Unknown variable: schema_change_detected',
    });
    expect(judge('risk_score')).toMatchObject({ kind: 'error', detail: 'gives double, not true or false' });
  });
});

describe('checkRules', () => {
  it('finds nothing in the template', () => {
    expect(checkRules(TEMPLATE)).toEqual([]);
  });

  it('points at an unknown name', () => {
    expect(checkRules(['risk_score >= 7.0 || tear == "critical"'])).toMatchObject([
      { problem: 'Unknown variable: tear', start: 21, end: 25 },
    ]);
  });

  it('points at a syntax error', () => {
    expect(checkRules(['risk_score >'])).toMatchObject([{ problem: 'Unexpected token: EOF', start: 12 }]);
  });

  it.each([
    ['author.matches("(a+)+$")', 'calls matches, which rules may not'],
    ['paths.exists(p, p.matches("x"))', 'calls matches, which rules may not'],
    ['paths.exists(p, paths.all(q, p == q))', 'nests all in another comprehension'],
    ['paths.map(p, p + "x").size() > 1', 'calls map, which rules may not'],
    ['risk_score / 0.0 > 1.0', 'uses /, which rules may not'],
    ['double("NaN") > risk_score', 'calls double, which rules may not'],
    ['{"a": true}["a"]', 'uses [], which rules may not'],
    [`author == "${'x'.repeat(500)}"`, 'is 512 characters long'],
    ['author + 1.0 == "x"', 'no such overload: string + double'],
  ])('refuses %s', (expression, problem) => {
    expect(checkRules([expression])[0]?.problem).toBe(problem);
  });
});
