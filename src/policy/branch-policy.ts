import { z } from 'zod';
import { describeIssue } from '../config/describe-issue.ts';
import { parseLocatedYaml } from '../config/located-yaml.ts';
import { CanaryGates } from '../config/policy-schema.ts';
import { ThresholdOverrides } from '../config/threshold-schema.ts';
import { InputError, type InputProblem } from '../errors.ts';
import type { ChangeClass } from './change-class.ts';
import { checkRules } from './rules.ts';

/** Where a repository may keep a policy of its own, the first that is there counts. Read at the target sha, never at the head. */
export const BRANCH_POLICY_PATHS = ['.slipway/policy.yaml', 'slipway.yaml'] as const;

const people = z.int().min(1).max(10);
const gates = CanaryGates.optional();
/** Of the classes that a person always decides about. */
const gated = z.object({ canary_gates: gates });
const asked = z.object({ route: z.literal('human').optional(), canary_gates: gates });
const Classes = {
  low_risk_fix: asked,
  schema_migration: gated,
  third_party_integration: gated,
  performance_critical: asked,
  compliance_audited: gated,
} as const satisfies Record<ChangeClass, z.ZodObject>;

/** All that a target branch can ask for: each part can only tighten what the server holds. */
const Parts = {
  thresholds: ThresholdOverrides.optional(),
  escalation: z.object({ auto_route_to_human: z.array(z.string().min(1)).max(50).optional() }).optional(),
  change_classes: z.object(Classes).partial().optional(),
  approvals: z
    .object({
      minimum: people.optional(),
      agent_authored: people.optional(),
      high_risk: people.optional(),
      high_risk_score: z.number().min(0).max(9).optional(),
    })
    .optional(),
};
export const BranchPolicy = z.object(Parts);
export type BranchPolicy = z.infer<typeof BranchPolicy>;

export type BranchPolicyText =
  | { kind: 'none' }
  | { kind: 'ok'; path: string; policy: BranchPolicy }
  /** It is there and cannot be understood: what it would have asked for is not known. */
  | { kind: 'invalid'; path: string; problem: string };

/**
 * Parses a policy file of the target branch. `.slipway/policy.yaml` holds nothing else, so an unknown key is a mistake;
 * `slipway.yaml` may be a whole configuration, of which the parts above are read.
 */
export function parseBranchPolicy(path: string, text: string): BranchPolicyText {
  const yaml = parseLocatedYaml(text, path);
  if (yaml.problems.length > 0) return invalid(path, yaml.problems);
  if (yaml.value === null || yaml.value === undefined) return { kind: 'ok', path, policy: {} };
  const schema = path === 'slipway.yaml' ? BranchPolicy : StrictBranchPolicy;
  const parsed = schema.safeParse(yaml.value);
  if (!parsed.success)
    return invalid(
      path,
      parsed.error.issues.flatMap((issue) => describeIssue(issue, yaml)),
    );
  const rules = parsed.data.escalation?.auto_route_to_human ?? [];
  const problems = rules.flatMap((rule, index) =>
    checkRules([rule]).map(({ problem, fix, start }) => ({
      field: `escalation.auto_route_to_human.${index}`,
      problem: `${problem}${start > 0 ? ` (character ${start + 1} of the rule)` : ''}`,
      fix,
      at: yaml.placeOf(['escalation', 'auto_route_to_human', index]),
    })),
  );
  return problems.length > 0 ? invalid(path, problems) : { kind: 'ok', path, policy: BranchPolicy.parse(parsed.data) };
}

const StrictBranchPolicy = z.strictObject({
  ...Parts,
  escalation: z.strictObject(Parts.escalation.unwrap().shape).optional(),
  change_classes: z
    .strictObject({
      low_risk_fix: asked.strict(),
      schema_migration: gated.strict(),
      third_party_integration: gated.strict(),
      performance_critical: asked.strict(),
      compliance_audited: gated.strict(),
    })
    .partial()
    .optional(),
  approvals: z.strictObject(Parts.approvals.unwrap().shape).optional(),
});

function invalid(path: string, problems: readonly InputProblem[]): BranchPolicyText {
  const first = problems.slice(0, 3);
  const more = problems.length > first.length ? `\n…and ${problems.length - first.length} more` : '';
  return {
    kind: 'invalid',
    path,
    problem: `${new InputError(first).message}${more}`.replaceAll('\n', '; ').slice(0, 1000),
  };
}
