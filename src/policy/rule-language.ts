import { type ASTNode, Environment } from '@marcbachmann/cel-js';

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
/** No division: it is the only way to make a NaN out of numbers, and a NaN compares false. */
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
  const refused = walk(parsed.ast, { uses, insideComprehension: false });
  if (refused) return bad({ expression, ...refused.node.range }, refused.problem, refused.fix);
  return { kind: 'ok', expression, uses, run: (context) => parsed(context) };
}

function bad(at: { expression: string; start: number; end: number }, problem: string, fix: string): CompiledRule {
  return { kind: 'problem', problem: { expression: at.expression, problem, fix, start: at.start, end: at.end } };
}

interface Walk {
  readonly uses: Set<RuleVariable>;
  readonly insideComprehension: boolean;
}

interface Refused {
  readonly node: ASTNode;
  readonly problem: string;
  readonly fix: string;
}

/** The first node outside the allowed part of CEL, or undefined; collects the variables on its way. */
function walk(node: ASTNode, state: Walk): Refused | undefined {
  if (node.op === 'value') return undefined;
  if (node.op === 'id') {
    if (isRuleVariable(node.args)) state.uses.add(node.args);
    return undefined;
  }
  if (node.op === 'call' || node.op === 'rcall') return walkCall(node, state);
  if (!OPERATORS.has(node.op)) {
    return { node, problem: `uses ${node.op}, which rules may not`, fix: 'use comparisons, &&, ||, ! and in' };
  }
  return firstRefused(childrenOf(node), state);
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
  return firstRefused(parts, { ...state, insideComprehension: true });
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
