import { z } from 'zod';

/**
 * The parts of `slipway.yaml` with which SREs and compliance set how much risk is automated: by tier, by class of change
 * and by what became of earlier changes. Each can only make the policy stricter than `thresholds` and the hard rules.
 */

const tightening = z.number().min(-7).max(0);
const people = z.int().min(1).max(10);

const factor = z.number().gt(0).max(1).default(1);
const Canary = z.strictObject({
  traffic_factor: factor.describe('Times canary_traffic_initial_pct and canary_step_up_max_pct.'),
  duration_factor: z.number().min(1).max(20).default(1).describe('Times canary_monitoring_duration_min.'),
  min_requests_factor: z.number().min(1).max(20).default(1).describe('Times canary_min_requests.'),
  error_rate_factor: factor.describe('Times error_rate_threshold.'),
  slow_share_factor: factor.describe('Times slow_share_threshold: 0.5 makes a p99 a p99.5, at the same milliseconds.'),
  p99_latency_factor: factor.describe(
    'Times p99_latency_threshold_ms; the metrics need a histogram with an edge there, or the next lower edge counts.',
  ),
  tolerance_factor: factor.describe('Times what relative_tolerance is above 1.'),
  tick_factor: factor.describe('Times canary_tick_s, at least one second.'),
});
export type CanaryFactors = z.infer<typeof Canary>;

const tier = (adjust: number, canary: Partial<CanaryFactors>) =>
  z
    .strictObject({
      risk_score_adjust: tightening.default(adjust).describe('Added to thresholds.risk_score_max; 0 or negative.'),
      canary: Canary.prefault(canary).describe(
        'How much more closely its canaries are watched; limits that a service names itself stay as they are.',
      ),
    })
    .prefault({});

const Tiers = z.strictObject({
  critical: tier(-1, { tick_factor: 0.5 }).describe('A failure is an incident for customers or the law.'),
  standard: tier(0, {}).describe('The usual.'),
  internal: tier(0, {}).describe('Only colleagues notice a failure.'),
});

const canarySteps = z
  .array(z.number().gt(0).max(50))
  .max(8)
  .refine((steps) => steps.every((pct, index) => index === 0 || pct > (steps[index - 1] ?? 0)), {
    error: 'each step must be larger than the one before',
  })
  .describe(
    'Shares of traffic, percent, between the first and production: at each its canary must pass one more window. [] = it is promoted from its first share.',
  );

export const CanaryGates = z
  .array(z.number().gt(0).max(100))
  .max(9)
  .refine((gates) => gates.every((pct, index) => index === 0 || pct > (gates[index - 1] ?? 0)), {
    error: 'each gate must be at a larger share than the one before',
  })
  .describe(
    'Shares of traffic, percent, that its canary may reach only once it passed below them and a person then said so; 100 is production. [] = proof alone. A target branch can ask for more.',
  );

const changeClass = (defaults: { adjust: number; canary: Partial<CanaryFactors> }) =>
  z
    .strictObject({
      route: z
        .enum(['automated', 'human'])
        .default('automated')
        .describe('`human` asks a person about every such change.'),
      risk_score_adjust: tightening.default(defaults.adjust).describe('Added to the threshold; 0 or negative.'),
      canary: Canary.prefault(defaults.canary).describe('How much more closely its canary is watched.'),
      canary_steps: canarySteps.default([]),
      canary_gates: CanaryGates.default([]),
    })
    .prefault({});

const alwaysHuman = (canary: Partial<CanaryFactors>, steps: number[] = []) =>
  z
    .strictObject({
      route: z
        .literal('human', { error: 'cannot be automated: a person decides about every such change. Remove the line' })
        .default('human')
        .describe('The only value there is: a person decides about every such change.'),
      risk_score_adjust: tightening.default(0).describe('Added to the threshold; 0 or negative.'),
      canary: Canary.prefault(canary).describe('How much more closely its canary is watched.'),
      canary_steps: canarySteps.default(steps),
      canary_gates: CanaryGates.default([]),
    })
    .prefault({});

const ChangeClasses = z.strictObject({
  low_risk_fix: changeClass({ adjust: 0, canary: {} }).describe('A small fix in a service without recent rollbacks.'),
  schema_migration: alwaysHuman({}, [25, 50]).describe('The database schema changes.'),
  third_party_integration: alwaysHuman({ traffic_factor: 0.5, min_requests_factor: 2 }, [25, 50]).describe(
    'An outside service is used that was not used before.',
  ),
  performance_critical: changeClass({
    adjust: 0,
    canary: { min_requests_factor: 2, slow_share_factor: 0.5, tolerance_factor: 0.5, tick_factor: 0.5 },
  }).describe('Code whose speed matters.'),
  compliance_audited: alwaysHuman({}).describe('What auditors look at: a person signs off, with a reason.'),
});

const AuthorHistory = z.strictObject({
  window_days: z.int().min(1).max(365).default(30).describe('How far back earlier runs count.'),
  per_rollback: tightening.default(-0.25).describe('Added to the threshold for each rolled back change of the author.'),
  per_rejection: tightening.default(-0.1).describe('Added for each change that a person rejected.'),
  max_penalty: tightening.default(-1).describe('History takes no more than this from the threshold.'),
  clean_runs: z.int().min(5).default(20).describe('Deployed changes without a rollback that earn the bonus.'),
  clean_bonus: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Given back for a clean record; never more than tier and class took, and never past a hard rule.'),
});

const Approvals = z.strictObject({
  minimum: people.default(1).describe('People who must approve any change that was escalated.'),
  agent_authored: people.default(2).describe('People for a change that an agent or bot wrote a commit of.'),
  high_risk: people.default(2).describe('People for a score at or above high_risk_score.'),
  high_risk_score: z.number().min(0).max(9).default(9).describe('From this score on `high_risk` people must approve.'),
  override_reason_min: z
    .int()
    .min(1)
    .max(500)
    .default(20)
    .describe(
      'Shortest reason, in characters, for approving what code recommends to reject, a secret, or a suspected injection.',
    ),
  agents: z
    .array(z.string().min(1).max(200))
    .default([])
    .describe('Logins and e-mails of agents; names ending in [bot] always count as agents.'),
});

const Rollout = z.strictObject({
  automated_pct: z
    .number()
    .min(0)
    .max(100)
    .default(100)
    .describe(
      'Share of low-risk changes that are automated, percent; below 100 all others go to a person. `slipway rollout advance` raises it.',
    ),
  steps: z
    .array(z.number().gt(0).max(100))
    .min(1)
    .default([10, 25, 50, 100])
    .describe('Where `slipway rollout advance` goes next, percent.'),
  max_escalation_rate: z
    .number()
    .gt(0)
    .max(0.15)
    .default(0.15)
    .describe(
      '`slipway rollout advance` is refused unless the escalation rate is below this; it can be lower, not higher.',
    ),
  min_runs: z.int().min(10).default(50).describe('Reviewed changes in the window that advance wants to see.'),
  window_days: z.int().min(1).max(90).default(14).describe('How far back those runs are counted.'),
});

export const policySections = {
  tiers: Tiers.prefault({}).describe('What each tier takes from the threshold.'),
  change_classes: ChangeClasses.prefault({}).describe('What each class of change asks for.'),
  author_history: AuthorHistory.prefault({}).describe('What earlier changes of the same author take or give back.'),
  approvals: Approvals.prefault({}).describe('How many people must approve.'),
  rollout: Rollout.prefault({}).describe('Gradual rollout of automation.'),
};
