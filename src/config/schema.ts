import { z } from 'zod';
import { Audit } from './audit-schema.ts';
import { Delivery } from './delivery-schema.ts';
import { Forge } from './forge-schema.ts';
import { DEFAULT_MODEL } from './models.ts';
import { policySections } from './policy-schema.ts';
import { Retention } from './retention-schema.ts';
import { command, seconds } from './schema-parts.ts';
import { Staging } from './staging-schema.ts';
import { ThresholdOverrides, Thresholds } from './threshold-schema.ts';

/**
 * The shape of `slipway.yaml`. Keys are snake_case here and everywhere, so that a word in the file, the record and
 * the code is one word. Every object is strict: a misspelt key is refused, never ignored.
 */

const identifier = z.string().regex(/^[a-z][a-z0-9-]{0,38}$/, 'lower-case letters, digits and dashes, at most 39');

export const Tier = z.enum(['critical', 'standard', 'internal']);
export type Tier = z.infer<typeof Tier>;

const Orchestration = z.strictObject({
  model: z
    .string()
    .min(1)
    .default(DEFAULT_MODEL)
    .describe(
      'Model id for every agent call. A reply has to name it, or it with a date behind; else it is inconclusive.',
    ),
  routing: z.literal('event-driven').default('event-driven').describe('The only value there is.'),
  max_concurrent_agents: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('Agent calls in flight over the whole fleet: the first value; `slipway fleet set` changes it.'),
  agent_call_deadline_s: seconds.default(1800).describe('From queueing to the end; past it the call is inconclusive.'),
  agent_request_timeout_s: seconds.default(280).describe('One request to the model.'),
  max_output_tokens: z.int().min(1024).max(20_000).default(8192).describe('Longest answer of the model.'),
  prompts_dir: z.string().optional().describe('A directory whose files replace the shipped prompts by name.'),
});

const Review = z.strictObject({
  max_part_tokens: z
    .int()
    .min(2_000)
    .max(150_000)
    .default(30_000)
    .describe(
      'Estimated tokens of the diff in one agent call; a larger diff is cut into parts that are read at the same time.',
    ),
  max_parts: z
    .int()
    .min(1)
    .max(64)
    .default(16)
    .describe('A change that needs more parts is not read and goes to a human.'),
  max_verified_findings: z
    .int()
    .min(1)
    .max(100)
    .default(20)
    .describe('Findings that a second agent checks, worst first; those beyond count as they were reported.'),
});

const Validation = z.strictObject({
  test_execution_required: z
    .literal(true, {
      error:
        'cannot be turned off: a generated test that was not run proves nothing. Remove the line or set it to true',
    })
    .default(true),
  max_retry_passes: z
    .int()
    .min(0)
    .max(3)
    .default(1)
    .describe('How often a failed test goes back to the model with its failure output.'),
  fixture_validation: z
    .boolean()
    .default(true)
    .describe('Collect a generated test (imports and fixtures) before running it.'),
});

const Escalation = z.strictObject({
  auto_route_to_human: z
    .array(z.string().min(1))
    .default(['risk_score >= 7.0', 'schema_changes_detected', 'new_service_integration', 'breaking_api_contract'])
    .describe('CEL expressions over the review; one that is true, unknown or in error sends the change to a human.'),
  context_package: z
    .strictObject({
      include_diff_summary: z.boolean().default(true).describe('Show the person the files and the diff.'),
      include_baseline_metrics: z.boolean().default(true).describe('Show the figures of production.'),
      include_agent_reasoning: z.boolean().default(true).describe('Show what the agents wrote.'),
    })
    .prefault({}),
  decision_deadline_h: z.number().positive().max(720).default(72).describe('Past it the change is rejected(expired).'),
  remind_after_min: z
    .array(z.number().positive().max(43_200))
    .max(10)
    .default([30, 240])
    .describe('Minutes after the question at which people are reminded of it.'),
});

const Tests = z.strictObject({
  command: command.describe('Runs the tests; `{file}` stands for the generated test file.'),
  directory: z.string().min(1).describe('Where a generated test is placed, relative to the repository.'),
  pattern: z.string().min(1).describe('Glob of test files; generated files must match it.'),
  report: z.enum(['junit', 'tap']).describe('Form of the test report.'),
  report_file: z
    .string()
    .optional()
    .describe('Where the command writes its report; without it the report is read from stdout.'),
  language: z.string().default('javascript').describe('Told to the test agent.'),
  collect_command: command
    .optional()
    .describe('Loads a test without running it; used by validation.fixture_validation.'),
  timeout_s: seconds.default(120).describe('Wall time of one test run.'),
  memory_mb: z.int().min(64).default(1024).describe('Memory of one test run, all its processes together.'),
});

const Migrations = z.strictObject({
  up: command.describe(
    'Brings the database at DATABASE_URL to the state of its tree; run without a shell in the sandbox.',
  ),
  down: command.describe(
    'Takes migrations back. It is run on the merge and must lead to the schema of the target branch.',
  ),
  down_times: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('How often `down` is run at most, for programs that take back one migration at a time.'),
  max_lock_s: seconds
    .max(3600)
    .default(5)
    .describe('Longer than this no table that was there before may be locked against others by one transaction.'),
  timeout_s: seconds.max(3600).default(300).describe('Each command is ended past this, and has failed.'),
  memory_mb: z.int().min(64).default(1024).describe('Memory of one command, all its processes together.'),
  max_database_mb: z.int().min(16).default(512).describe('A scratch database that grows beyond this has failed.'),
});
export type MigrationSettings = z.infer<typeof Migrations>;

const globs = z.array(z.string().min(1).max(300)).default([]);

const SensitivePaths = z.strictObject({
  performance_critical: globs.describe('Globs of code whose speed matters: the fact performance_critical.'),
  compliance: globs.describe('Globs of what auditors look at: the fact compliance_scope.'),
});

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time of day, 00:00 to 24:00');

export const DeployWindow = z
  .strictObject({
    days: z
      .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
      .min(1)
      .default(['mon', 'tue', 'wed', 'thu', 'fri'])
      .describe('On which days.'),
    from: clock.describe('When it opens.'),
    to: clock.describe('When it closes, on the same day; a window over midnight is two.'),
    time_zone: z
      .string()
      .refine(isTimeZone, 'is no time zone; use a name such as Europe/Berlin')
      .default('UTC')
      .describe('Whose clocks.'),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'must be later than from' });
export type DeployWindow = z.infer<typeof DeployWindow>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const Service = z.strictObject({
  repository: z.string().min(1).describe('Git URL or path that workers fetch from and push the merge to.'),
  repo: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'owner/name')
    .describe('The name CI uses: owner/name.'),
  target_branch: z
    .string()
    .regex(/^[A-Za-z0-9][\w./-]{0,199}$/)
    .default('main')
    .describe('The branch changes are merged into.'),
  tier: Tier.default('standard').describe('How much a failure of the service matters.'),
  merge: z
    .enum(['after_production', 'never'])
    .default('after_production')
    .describe('When the merge is pushed to the target branch.'),
  sensitive_paths: SensitivePaths.prefault({}),
  tests: Tests.optional(),
  migrations: Migrations.optional().describe(
    'How schema migrations are tried on a scratch PostgreSQL; without it a person decides about each that was automated.',
  ),
  staging: Staging.prefault({}),
  delivery: Delivery,
  deploy_windows: z
    .array(DeployWindow)
    .default([])
    .describe('When a canary may start; outside of them a validated run waits. None = always.'),
  thresholds: ThresholdOverrides.optional().describe('Overrides of the global thresholds for this service.'),
});
export type Service = z.infer<typeof Service>;

const Person = z.strictObject({
  emails: z.array(z.email()).default([]).describe('Addresses of their commits.'),
  logins: z.array(z.string().min(1)).default([]).describe('Names on the forge and in CI.'),
});

const Price = z.strictObject({
  model: z.string().min(1).describe('Model id the price is for.'),
  effective_from: z.iso.date().describe('The first day of this price.'),
  input_usd_per_mtok: z.number().min(0).describe('US dollars for a million tokens sent.'),
  output_usd_per_mtok: z.number().min(0).describe('US dollars for a million tokens written by the model.'),
  cache_read_usd_per_mtok: z.number().min(0).describe('US dollars for a million tokens read from the cache.'),
  cache_write_usd_per_mtok: z.number().min(0).describe('US dollars for a million tokens written to the cache.'),
  above_input_tokens: z.int().min(0).default(0).describe('The band holds for prompts larger than this.'),
});
export type Price = z.infer<typeof Price>;

const Budget = z.strictObject({
  tokens: z.int().min(1).optional().describe('Tokens, sent and written together. Left out = no limit.'),
  usd: z.number().positive().optional().describe('US dollars by the price table. Left out = no limit.'),
});

const Budgets = z.strictObject({
  run: Budget.prefault({}).describe('Of one run.'),
  repository_day: Budget.prefault({}).describe('Of all runs of one repository on one day (UTC).'),
  day: Budget.prefault({}).describe('Of the whole fleet on one day (UTC).'),
});
export type Budgets = z.infer<typeof Budgets>;

const Server = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on; HOST overrides it.'),
  port: z.int().min(0).max(65535).default(8080).describe('Port to listen on, 0 takes a free one; PORT overrides it.'),
  public_url: z.url().optional().describe('How people and CI reach the server, for links.'),
  max_body_kb: z.int().min(1).default(64).describe('Larger request bodies are refused.'),
  requests_per_minute: z.int().min(1).default(6000).describe('Per client address.'),
});

const Fleet = z.strictObject({
  metrics_host: z.string().default('127.0.0.1').describe('Address on which workers serve metrics and health.'),
  worker_metrics_port: z.int().min(0).max(65535).default(0).describe('Their port; 0 takes a free one.'),
  grace_period_s: seconds.default(30).describe('How long a stopping process lets its work come to a safe point.'),
  canary_hold_s: seconds
    .default(60)
    .describe(
      'How long a canary may keep its traffic without a tick, e.g. while PostgreSQL is away; then `slipway guard` takes it out.',
    ),
  canary_guard: z
    .enum(['required', 'if_running'])
    .default('if_running')
    .describe(
      'Whether a canary gets traffic only once a guard has it in its file. `if_running`: it waits for the guards that run, and goes on where none does.',
    ),
  allow_insecure_redis: z
    .boolean()
    .default(false)
    .describe('Accept a Redis off loopback without a password or ACL user.'),
  sandbox_uid: z
    .int()
    .min(1)
    .default(65_534)
    .describe('A worker that runs as root drops to this uid before it starts a sandbox.'),
});

/** The whole file, defaults filled in. */
export const SlipwayFile = z.strictObject({
  profile: z
    .enum(['production', 'demo'])
    .default('production')
    .describe('Written into every entry. `demo` scales time.'),
  orchestration: Orchestration.prefault({}),
  review: Review.prefault({}),
  thresholds: Thresholds.prefault({}),
  audit: Audit.prefault({}),
  validation: Validation.prefault({}),
  escalation: Escalation.prefault({}),
  ...policySections,
  services: z.record(identifier, Service).default({}),
  people: z
    .record(z.string().min(1), Person)
    .default({})
    .describe('A person and the e-mails and logins that are theirs.'),
  prices: z.array(Price).optional().describe('Replaces the shipped price table.'),
  budgets: Budgets.prefault({}).describe('What model calls may cost; a call that could exceed one is inconclusive.'),
  server: Server.prefault({}),
  forge: Forge.prefault({}).describe('Where lost deliveries of the webhook are looked for.'),
  fleet: Fleet.prefault({}),
  retention: Retention.prefault({}),
});
export type SlipwayFile = z.infer<typeof SlipwayFile>;
export type Thresholds = z.infer<typeof Thresholds>;
export type TestSettings = z.infer<typeof Tests>;
export type ReviewSettings = z.infer<typeof Review>;
