import type { ChangeFacts } from '../change/change.ts';
import type { Tier } from '../config/schema.ts';
import { compileRule, RULE_VARIABLES, type RuleProblem, type RuleVariable } from './rule-language.ts';

/** The values that rules are judged over. null = not known, which sends every rule that asks for it to a human. */
export interface RuleContext extends ChangeFacts {
  readonly risk_score: number | null;
  readonly change_type: string;
  readonly tier: Tier;
  readonly service: string;
  readonly author: string;
  readonly files_changed: number;
  readonly lines_changed: number;
  readonly findings: number;
  readonly critical_findings: number;
  readonly high_findings: number;
  readonly paths: readonly string[];
}

/** Only `no` lets a change go on without a human. */
export type RuleResult =
  | { kind: 'no'; expression: string }
  | { kind: 'yes'; expression: string }
  | { kind: 'unknown'; expression: string; missing: readonly RuleVariable[] }
  | { kind: 'error'; expression: string; detail: string };

/** Everything wrong with `escalation.auto_route_to_human`, for `config check` and start-up. */
export function checkRules(expressions: readonly string[]): RuleProblem[] {
  return expressions.flatMap((expression) => {
    const rule = compileRule(expression);
    return rule.kind === 'problem' ? [rule.problem] : [];
  });
}

/**
 * Judges every rule. A rule that names a value which is not known is unknown even where CEL could short-cut past it:
 * what it would have said is no reason to trust the rest.
 */
export function evaluateRules(expressions: readonly string[], context: RuleContext): RuleResult[] {
  return expressions.map((expression) => evaluateRule(expression, context));
}

function evaluateRule(expression: string, context: RuleContext): RuleResult {
  const rule = compileRule(expression);
  if (rule.kind === 'problem') return { kind: 'error', expression, detail: rule.problem.problem };
  const missing = [...rule.uses].filter((name) => !isKnown(context[name]));
  if (missing.length > 0) return { kind: 'unknown', expression, missing };
  try {
    const value = rule.run(valuesFor(context));
    if (value === true) return { kind: 'yes', expression };
    if (value === false) return { kind: 'no', expression };
    return { kind: 'error', expression, detail: `gave ${typeof value}` };
  } catch (error) {
    return { kind: 'error', expression, detail: error instanceof Error ? error.message : String(error) };
  }
}

function isKnown(value: unknown): boolean {
  return value !== null && value !== undefined && !(typeof value === 'number' && !Number.isFinite(value));
}

function valuesFor(context: RuleContext): Record<string, unknown> {
  const names = Object.keys(RULE_VARIABLES).filter(isContextKey(context));
  return Object.fromEntries(names.map((name) => [name, context[name]]));
}

function isContextKey(context: RuleContext) {
  return (name: string): name is RuleVariable => name in context;
}
