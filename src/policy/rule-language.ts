import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { ChangeType } from '../change/change.ts';
import { Tier } from '../config/schema.ts';

/** What an escalation rule may speak of, with its CEL type. Counts are doubles, so that they compare with any number. */
export const RULE_VARIABLES = {
  risk_score: 'double',
  schema_changes_detected: 'bool',
  new_service_integration: 'bool',
  breaking_api_contract: 'bool',
  dependency_changes: 'bool',
  secrets_added: 'bool',
  ci_or_infra_changes: 'bool',
  docs_only: 'bool',
  tests_only: 'bool',
  performance_critical: 'bool',
  compliance_scope: 'bool',
  prompt_injection_suspected: 'bool',
  change_type: 'string',
  tier: 'string',
  service: 'string',
  author: 'string',
  files_changed: 'double',
  lines_changed: 'double',
  findings: 'double',
  critical_findings: 'double',
  high_findings: 'double',
  paths: 'list<string>',
} as const;
export type RuleVariable = keyof typeof RULE_VARIABLES;

const MAX_RULE_LENGTH = 500;

/** Linear in their input. Left out on purpose: `matches` (a backtracking RegExp) and all that builds lists or maps. */
const FUNCTIONS = new Set(['startsWith', 'endsWith', 'contains', 'size']);
const COMPREHENSIONS = new Set(['exists', 'all']);
/** Nothing that makes a NaN out of numbers, for a NaN compares false: no division, and no way to a number too large to be one. */
const OPERATORS = new Set([
  '||',
  '&&',
  '!_',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  '+',
  '-',
  '*',
  '-_',
  '?:',
  'list',
]);

const LARGEST_NUMBER = 1e9;
const MOST_PRODUCTS = 4;
/** What a reader does not see: such a text matches nothing, and the rule would do nothing without a word. */
const UNSEEN = /[^\P{C}\t\r\n]|[\p{Zl}\p{Zp}]/u;

/** Variables that hold one of a few words: a word that is none of them would never match. */
const WORDS: Readonly<Record<string, readonly string[]>> = { tier: Tier.options, change_type: ChangeType.options };

export interface RuleProblem {
  readonly expression: string;
  readonly problem: string;
  readonly fix: string;
  /** Offsets in the expression. */
  readonly start: number;
  readonly end: number;
}

export type CompiledRule =
  | {
      kind: 'ok';
      expression: string;
      uses: ReadonlySet<RuleVariable>;
      run: (context: Record<string, unknown>) => unknown;
    }
  | { kind: 'problem'; problem: RuleProblem };

const environment = makeEnvironment();

/** Parses and type-checks one rule; what is not understood is a problem, never a rule that does nothing. */
export function compileRule(expression: string): CompiledRule {
  const whole = { expression, start: 0, end: expression.length };
  if (expression.length > MAX_RULE_LENGTH) {
    return bad(whole, `is ${expression.length} characters long`, `split it: at most ${MAX_RULE_LENGTH} each`);
  }
  const unseen = expression.search(UNSEEN);
  if (unseen >= 0)
    return bad(
      { expression, start: unseen, end: unseen + 1 },
      'holds a character that cannot be seen',
      'type it anew without it',
    );
  const check = environment.check(expression);
  if (!check.valid) {
    const at = check.error?.range ?? whole;
    return bad(
      { ...at, expression },
      check.error?.summary ?? 'is not valid',
      `known names: ${Object.keys(RULE_VARIABLES).join(', ')}`,
    );
  }
  if (check.type !== 'bool')
    return bad(whole, `gives ${check.type ?? 'nothing'}, not true or false`, 'compare it with something');
  const parsed = environment.parse(expression);
  const uses = new Set<RuleVariable>();
  const refused = walk(parsed.ast, { uses, products: { left: MOST_PRODUCTS }, insideComprehension: false });
  if (refused) return bad({ expression, ...refused.node.range }, refused.problem, refused.fix);
  return { kind: 'ok', expression, uses, run: (context) => parsed(context) };
}

function bad(at: { expression: string; start: number; end: number }, problem: string, fix: string): CompiledRule {
  return { kind: 'problem', problem: { expression: at.expression, problem, fix, start: at.start, end: at.end } };
}

interface Walk {
  readonly uses: Set<RuleVariable>;
  readonly products: { left: number };
  readonly insideComprehension: boolean;
}

interface Refused {
  readonly node: ASTNode;
  readonly problem: string;
  readonly fix: string;
}

/** The first node outside the allowed part of CEL, or undefined; collects the variables on its way. */
function walk(node: ASTNode, state: Walk): Refused | undefined {
  if (node.op === 'value') return refuseNumber(node);
  if (node.op === 'id') {
    if (isRuleVariable(node.args)) state.uses.add(node.args);
    if (node.args !== 'paths' || !state.insideComprehension) return undefined;
    const fix = 'ask it outside: all paths for each path multiplies the work';
    return { node, problem: 'names paths in a comprehension', fix };
  }
  if (node.op === 'call' || node.op === 'rcall') return walkCall(node, state);
  if (!OPERATORS.has(node.op)) {
    return { node, problem: `uses ${node.op}, which rules may not`, fix: 'use comparisons, &&, ||, ! and in' };
  }
  if (node.op === '*') {
    state.products.left -= 1;
    if (state.products.left < 0)
      return { node, problem: `multiplies more than ${MOST_PRODUCTS} times`, fix: 'compare with a number' };
  }
  return refuseWord(node) ?? firstRefused(childrenOf(node), state);
}

function refuseNumber(node: Extract<ASTNode, { op: 'value' }>): Refused | undefined {
  const value: unknown = node.args;
  if ((typeof value !== 'number' && typeof value !== 'bigint') || Math.abs(Number(value)) <= LARGEST_NUMBER)
    return undefined;
  return { node, problem: `holds the number ${value}`, fix: `at most ${LARGEST_NUMBER}` };
}

/** `tier == "crtical"` is well typed and never true. */
function refuseWord(node: ASTNode): Refused | undefined {
  if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') return undefined;
  const sides = childrenOf(node);
  const known = sides.flatMap((side) => (side.op === 'id' ? (WORDS[side.args] ?? []) : []));
  if (known.length === 0) return undefined;
  const values = sides.flatMap((side) => (side.op === 'list' ? childrenOf(side) : [side]));
  const wrong = values.find(
    (value) => value.op === 'value' && typeof value.args === 'string' && !known.includes(value.args),
  );
  if (wrong === undefined) return undefined;
  return { node: wrong, problem: `compares with ${JSON.stringify(wrong.args)}`, fix: `there are ${known.join(', ')}` };
}

function walkCall(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, state: Walk): Refused | undefined {
  const [name] = node.args;
  const parts = node.op === 'call' ? node.args[1] : [node.args[1], ...node.args[2]];
  if (FUNCTIONS.has(name)) return firstRefused(parts, state);
  if (!COMPREHENSIONS.has(name)) {
    return {
      node,
      problem: `calls ${name}, which rules may not`,
      fix: `allowed: ${[...FUNCTIONS, ...COMPREHENSIONS].join(', ')}`,
    };
  }
  if (state.insideComprehension) {
    return {
      node,
      problem: `nests ${name} in another comprehension`,
      fix: 'one list at a time: nesting multiplies the work',
    };
  }
  const [named, ...body] = node.op === 'rcall' ? node.args[2] : [];
  if (named?.op !== 'id' || isRuleVariable(named.args))
    return { node, problem: 'gives its variable the name of a value', fix: 'e.g. paths.exists(p, p == "x")' };
  return firstRefused(parts.slice(0, 1), state) ?? firstRefused(body, { ...state, insideComprehension: true });
}

function firstRefused(nodes: readonly ASTNode[], state: Walk): Refused | undefined {
  for (const node of nodes) {
    const refused = walk(node, state);
    if (refused) return refused;
  }
  return undefined;
}

function childrenOf(node: ASTNode): ASTNode[] {
  const args: unknown = node.args;
  return (Array.isArray(args) ? args : [args]).filter(isNode);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function isRuleVariable(name: string): name is RuleVariable {
  return Object.hasOwn(RULE_VARIABLES, name);
}

function makeEnvironment(): Environment {
  const limits = { maxAstNodes: 200, maxDepth: 30, maxListElements: 50, maxMapEntries: 10, maxCallArguments: 4 };
  const made = new Environment({ limits });
  for (const [name, type] of Object.entries(RULE_VARIABLES)) made.registerVariable(name, type);
  return made;
}
