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

  it.each([
    ['risk_score >= 7.0 || lines_changed > 1e300', '1e300'],
    ['docs_only || tier == "crtical"', '"crtical"'],
    ['docs_only && paths.exists(p, p in paths)', 'paths'],
  ])('points at the place in %s', (expression, at) => {
    const [problem] = checkRules([expression]);
    expect(expression.slice(problem?.start, problem?.end)).toBe(at);
    expect(problem?.start).toBe(expression.lastIndexOf(at));
  });

  it('looks at many paths in a moment', () => {
    const paths = Array.from({ length: 20_000 }, (_, n) => `src/part/module-with-a-long-name-${n}`);
    const rules = ['paths.exists(p, p.contains("zzz"))', 'paths.all(p, p.startsWith("src/") && !p.endsWith(".md"))'];
    expect(evaluateRules(rules, makeContext({ paths })).map(({ kind }) => kind)).toEqual(['no', 'yes']);
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
    ['risk_score >= 1e308 * 10.0 - 1e308 * 10.0', 'holds the number 1e+308'],
    ['(9223372036854775807 + 1 > 0) && false', 'holds the number 9223372036854775807'],
    [`risk_score >= ${'lines_changed * '.repeat(5)}2.0`, 'multiplies more than 4 times'],
    ['paths.exists(p, p in paths && p == "q")', 'names paths in a comprehension'],
    ['paths.all(p, size(paths) > 3)', 'names paths in a comprehension'],
    ['paths.exists(risk_score, risk_score == "a")', 'gives its variable the name of a value'],
    ['tier == "crtical"', 'compares with "crtical"'],
    ['change_type in ["bugfix", "featur"]', 'compares with "featur"'],
    ['"prod" != tier', 'compares with "prod"'],
    ['tier == "critical\u202e"', 'holds a character that cannot be seen'],
    ['author == "crit\u200bical"', 'holds a character that cannot be seen'],
    ['r\u0456sk_score >= 1.0', 'Unexpected character: \u0456'],
    [`${'!'.repeat(400)}docs_only`, 'Exceeded maxAstNodes (200)'],
    [`${'('.repeat(200)}docs_only${')'.repeat(200)}`, 'Exceeded maxDepth (30)'],
    [`risk_score in [${'1.0, '.repeat(60)}2.0]`, 'Exceeded maxListElements (50)'],
    ['risk_score in ["7"]', 'no such overload: double in list<string>'],
    ['risk_score == "7"', 'no such overload: double == string'],
    ['risk_score == null', 'no such overload: double == null'],
    ['files_changed == 2', 'no such overload: double == int'],
    ['dyn(risk_score) == "7"', 'calls dyn, which rules may not'],
    ['type(risk_score) == double', 'calls type, which rules may not'],
    ['cel.bind(x, true, x)', 'calls bind, which rules may not'],
    ['paths.exists_one(p, true)', 'calls exists_one, which rules may not'],
    ['', 'Unexpected token: EOF'],
  ])('refuses %s', (expression, problem) => {
    expect(checkRules([expression])[0]?.problem).toBe(problem);
  });
});
