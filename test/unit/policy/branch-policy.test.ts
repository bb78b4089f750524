import { describe, expect, it } from 'vitest';
import { parseBranchPolicy } from '../../../src/policy/branch-policy.ts';

const PATH = '.slipway/policy.yaml';

describe('the policy file of a target branch', () => {
  it('holds what a repository asks for itself', () => {
    const text = 'thresholds:\n  risk_score_max: 4\nescalation:\n  auto_route_to_human: ["dependency_changes"]\n';
    expect(parseBranchPolicy(PATH, text)).toEqual({
      kind: 'ok',
      path: PATH,
      policy: { thresholds: { risk_score_max: 4 }, escalation: { auto_route_to_human: ['dependency_changes'] } },
    });
  });

  it('may be empty', () => {
    expect(parseBranchPolicy(PATH, '# nothing yet\n')).toEqual({ kind: 'ok', path: PATH, policy: {} });
  });

  it('may be a whole slipway.yaml, of which only the policy is read', () => {
    const text =
      'services:\n  shop: {repo: a/b}\nthresholds: {risk_score_max: 5}\nescalation: {decision_deadline_h: 1}\n';
    expect(parseBranchPolicy('slipway.yaml', text)).toMatchObject({
      kind: 'ok',
      policy: { thresholds: { risk_score_max: 5 } },
    });
  });

  it('may ask for a person between the steps of any class', () => {
    const text =
      'change_classes:\n  schema_migration: {canary_gates: [50, 100]}\n  low_risk_fix: {canary_gates: [100]}\n';
    expect(parseBranchPolicy(PATH, text)).toMatchObject({
      kind: 'ok',
      policy: {
        change_classes: { schema_migration: { canary_gates: [50, 100] }, low_risk_fix: { canary_gates: [100] } },
      },
    });
  });

  it.each([
    ['a gate that is no share', 'change_classes:\n  schema_migration: {canary_gates: [101]}\n', 'canary_gates'],
    ['gates out of order', 'change_classes:\n  schema_migration: {canary_gates: [50, 25]}\n', 'each gate must be'],
    ['steps of its own', 'change_classes:\n  schema_migration: {canary_steps: []}\n', 'canary_steps: unknown key'],
    ['an unknown key', 'threshold:\n  risk_score_max: 4\n', '.slipway/policy.yaml:1:1 threshold: unknown key'],
    ['a key of another section', 'people: {}\n', 'people: unknown key'],
    ['a rule that is no rule', 'escalation:\n  auto_route_to_human: ["risk_score >"]\n', ':2:25'],
    [
      'a rule that costs too much',
      'escalation:\n  auto_route_to_human: ["paths.exists(a, paths.exists(b, a == b))"]\n',
      'nests exists',
    ],
    ['a class it may not automate', 'change_classes:\n  performance_critical: {route: automated}\n', 'route'],
    ['text that is no YAML', 'thresholds: [\n', 'yaml'],
    ['a value out of range', 'thresholds: {risk_score_max: 9}\n', 'risk_score_max'],
    ['a list at the top', '- a\n', PATH],
  ])('is invalid with %s, and says where', (_what, text, said) => {
    const parsed = parseBranchPolicy(PATH, text);
    expect(parsed).toMatchObject({ kind: 'invalid', path: PATH, problem: expect.stringContaining(said) });
  });
});
