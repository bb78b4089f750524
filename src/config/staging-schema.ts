import { z } from 'zod';
import { Load, Regression } from './load-schema.ts';
import { seconds } from './schema-parts.ts';
import { SmokeCheck } from './smoke-schema.ts';
import { Contract, Suite } from './suite-schema.ts';

const BaselineSettings = z.strictObject({
  window_days: z.number().positive().max(90).default(30).describe('How far back production is looked at.'),
  min_days: z
    .number()
    .min(0)
    .max(90)
    .default(14)
    .describe('A past with figures of fewer days is refused; at least 14 except with `profile: demo`.'),
  hours: z
    .enum(['same_hour_of_week', 'all'])
    .default('same_hour_of_week')
    .describe('Which hours count; `all` only with `profile: demo`, whose past is minutes long.'),
  pull_every_min: z
    .number()
    .positive()
    .max(1440)
    .default(30)
    .describe('How often the fleet pulls it; one of another hour, or twice as old, is pulled again before it is used.'),
});

/** What a change has to pass before it sees traffic. */
export const Staging = z.strictObject({
  smoke: z
    .array(SmokeCheck)
    .min(1)
    .max(200)
    .default([SmokeCheck.parse({ path: '/healthz' })])
    .describe('Requests that the staged version must answer as declared.'),
  smoke_file: z
    .string()
    .regex(/^(?!\/)(?!.*\.\.)[\w./-]{1,200}$/, 'a path inside the repository')
    .optional()
    .describe('A file of the target branch with more checks (`checks: [...]`); never read from the change itself.'),
  smoke_command: Suite.optional().describe('A suite of the target branch, run on its tree.'),
  contracts: z
    .array(Contract)
    .max(50)
    .default([])
    .describe(
      'Contract tests against the staged version; one that fails goes to a person, and so does a change with a new integration where there are none.',
    ),
  duration_s: seconds.max(3600).default(120).describe('Length of the load, that of the base beside it included.'),
  load: Load.prefault({}),
  regression: Regression.prefault({}),
  max_error_rate: z.number().min(0).max(1).default(0.005).describe('Share of failed requests that still passes.'),
  max_p99_over_baseline: z
    .number()
    .min(1)
    .default(1.5)
    .describe('Staged p99 over the production baseline p99 that still passes.'),
  p99_slack_ms: z
    .number()
    .min(0)
    .default(50)
    .describe('Added to the baseline before comparing: tiny latencies differ by noise.'),
  health_deadline_s: seconds.default(30).describe('A version that is not healthy by then has failed.'),
  baseline: BaselineSettings.prefault({}),
  baseline_min_requests: z.int().min(1).default(300).describe('Production requests a baseline must rest on.'),
  p99_budget_ms: z
    .number()
    .positive()
    .optional()
    .describe(
      'Limit of the staged p99 where the metric source keeps no production baseline (`haproxy`); without it staging blocks there.',
    ),
});
export type StagingSettings = z.infer<typeof Staging>;
