import { digestOf } from '../../src/ids.ts';
import type { PolicyRecord } from '../../src/policy/policy-record.ts';
import type { ContextPackage } from '../../src/runs/context-package.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeFinding } from './change-facts.ts';
import type { FakeDesk } from './fake-desk.ts';

function read(path: string, changed_lines: number, read_lines: number, reason: string | null = null) {
  const status = read_lines === changed_lines ? 'full' : read_lines === 0 ? 'skipped' : 'partial';
  return { path, status, reason, blob: null, changed_lines, read_lines, ranges: [] };
}

/** How the policy came to ask about it. */
export function makePolicyRecord(over: Partial<PolicyRecord> = {}): PolicyRecord {
  return {
    effective_policy: digestOf('effective policy'),
    tier: 'critical',
    classes: ['schema_migration'],
    risk_score_max: 5.5,
    terms: [
      { label: 'base', points: 7 },
      { label: 'tier critical', points: -1 },
      { label: '2 rollbacks in 30 days', points: -0.5 },
    ],
    notes: ['canary_min_requests 1200: the target branch asks for it'],
    limits: { risk_score_max: 5.5 },
    author_record: { window_days: 30, deployed: 7, rolled_back: 2, rejected: 0, known: true, service_rollbacks: 2 },
    rules: [{ expression: 'schema_changes_detected', result: 'yes', detail: '' }],
    recommendation: 'none',
    branch_policy: null,
    rollout: { automated_pct: 25, bucket: 61.07 },
    ...over,
  };
}

/** What a reviewer gets for a schema migration; parts can be replaced. */
export function makeContextPackage(over: Partial<ContextPackage> = {}): ContextPackage {
  return {
    title: 'Add a loyalty tier to customers',
    reasons: [
      { code: 'schema_changes_detected', text: 'The change alters a database schema.' },
      { code: 'risk_score', text: 'The risk score is 7.4, and 7.0 or more is never automated.' },
    ],
    diff_summary: {
      files: [
        { path: 'migrations/0007_loyalty_tier.sql', status: 'added', added: 12, removed: 0 },
        { path: 'src/customers/customer-repository.js', status: 'modified', added: 31, removed: 8 },
        { path: 'src/customers/loyalty.js', status: 'added', added: 44, removed: 0 },
        { path: 'test/customers/loyalty.test.js', status: 'added', added: 38, removed: 0 },
      ],
      added: 125,
      removed: 8,
      diff: [
        'diff --git a/migrations/0007_loyalty_tier.sql b/migrations/0007_loyalty_tier.sql',
        'new file mode 100644',
        '--- /dev/null',
        '+++ b/migrations/0007_loyalty_tier.sql',
        '@@ -0,0 +1,4 @@',
        '+ALTER TABLE customers',
        "+  ADD COLUMN loyalty_tier text NOT NULL DEFAULT 'none';",
        '+CREATE INDEX customers_by_tier',
        '+  ON customers (loyalty_tier);',
        'diff --git a/src/customers/customer-repository.js b/src/customers/customer-repository.js',
        '@@ -14,7 +14,7 @@ export async function findCustomer(db, id) {',
        '-  return db.one("select id, name from customers where id = $1", [id]);',
        '+  return db.one("select id, name, loyalty_tier from customers where id = $1", [id]);',
        ' }',
      ].join('\n'),
      cut: false,
    },
    findings: [
      makeFinding({
        category: 'performance',
        severity: 'high',
        path: 'migrations/0007_loyalty_tier.sql',
        line: 3,
        quote: 'CREATE INDEX customers_by_tier\n  ON customers (loyalty_tier);',
        trigger: 'On the production table the index is built under a lock that blocks every write until it is done.',
        fix: 'Use CREATE INDEX CONCURRENTLY in a migration of its own.',
        confidence: 0.95,
      }),
      makeFinding({
        category: 'breaking',
        severity: 'medium',
        path: 'migrations/0007_loyalty_tier.sql',
        line: 1,
        quote: "ALTER TABLE customers\n  ADD COLUMN loyalty_tier text NOT NULL DEFAULT 'none';",
        trigger: 'A rollback of the service leaves the column behind.',
        fix: 'Say in the change how the column is removed again.',
        confidence: 0.7,
      }),
    ],
    score: {
      total: 7.4,
      terms: [
        { label: 'Schema changes', points: 4 },
        { label: 'One high finding', points: 2.5 },
        { label: 'One medium finding', points: 1 },
        { label: 'Tests cover the change', points: -0.1 },
      ],
    },
    facts: {
      schema_changes_detected: true,
      new_service_integration: false,
      breaking_api_contract: null,
      dependency_changes: false,
      secrets_added: false,
      docs_only: false,
    },
    evidence: [
      {
        fact: 'schema_changes_detected',
        path: 'migrations/0007_loyalty_tier.sql',
        line: 1,
        rule: 'ALTER TABLE in a migration',
      },
      {
        fact: 'breaking_api_contract',
        path: 'src/customers/customer-repository.js',
        line: null,
        rule: 'no contract file to compare with',
      },
    ],
    baseline: {
      requests: 48213,
      error_rate: 0.0012,
      p50_ms: 18.4,
      p95_ms: 61.07,
      p99_ms: 142.6,
      window_from: '2026-11-22T22:00:00.000Z',
      window_to: '2026-11-23T22:00:00.000Z',
    },
    agent_reasoning:
      'The migration is additive and the new column has a default, so old code keeps working. The index is the part that worries me: on a large table it takes an exclusive lock. I found no path where the tier is trusted from user input.',
    excluded_approvers: ['ada'],
    recommendation: 'none',
    manifest: [
      read('migrations/0007_loyalty_tier.sql', 12, 12),
      read('src/customers/customer-repository.js', 39, 39),
      read('src/customers/loyalty.js', 44, 30, 'line_too_long'),
      read('package-lock.json', 212, 0, 'lock_file'),
    ],
    problems: ['src/customers/loyalty.js: 14 of 44 changed lines were not read (line too long)'],
    owners: [
      { owner: '@acme/dba', person: null, paths: ['migrations/0007_loyalty_tier.sql'] },
      { owner: '@grace', person: 'grace', paths: ['src/customers/customer-repository.js', 'src/customers/loyalty.js'] },
    ],
    similar_runs: [
      {
        id: '1'.repeat(32),
        pr_number: 71,
        title: 'Add a currency column to orders',
        author: 'linus',
        outcome: 'rolled_back',
        risk_score: 6.1,
        decision: 'approve',
        finished_at: '2026-11-12T10:00:00.000Z',
        why: 'same reason: schema changes detected',
      },
      {
        id: '2'.repeat(32),
        pr_number: 88,
        title: 'Speed up the customer list',
        author: 'ada',
        outcome: 'deployed',
        risk_score: 2.4,
        decision: null,
        finished_at: '2026-11-19T10:00:00.000Z',
        why: 'same author',
      },
    ],
    ...over,
  };
}

const hour = 3_600_000;

/** A few runs in different states, as an installation has them on a working day. Returns the one that waits. */
export function seedDay(desk: FakeDesk, now: Date): Run {
  const at = (hoursAgo: number) => new Date(now.getTime() - hoursAgo * hour);
  const sha = (text: string) => digestOf(text).slice(0, 40);
  const finished = (title: string, hoursAgo: number, over: Partial<Run>) =>
    desk.seed({
      title,
      head_sha: sha(title),
      created_at: at(hoursAgo),
      finished_at: at(hoursAgo - 0.4),
      status: 'finished',
      stage: 'release',
      route: 'automated',
      ...over,
    });
  finished('Remove the unused currency helper', 30, {
    pr_number: 96,
    author: 'grace',
    outcome: 'superseded',
    outcome_reason: 'a newer head of the pull request',
  });
  finished('Expose internal order ids', 26, {
    pr_number: 97,
    author: 'linus',
    risk_score: 9.1,
    outcome: 'rejected',
    outcome_reason: 'reject',
    route: 'human',
  });
  finished('Cache product pages for a minute', 9, {
    pr_number: 98,
    author: 'ada',
    risk_score: 3.2,
    outcome: 'rolled_back',
    outcome_reason: 'error rate 4.1 % against 0.1 %',
  });
  const good = finished('Fix rounding of totals in the basket', 5, {
    pr_number: 99,
    author: 'grace',
    risk_score: 1.5,
    outcome: 'deployed',
    outcome_reason: 'the canary passed and was promoted',
  });
  seedDeployed(desk, good, at);
  desk.seed({
    title: 'Speed up the search index',
    pr_number: 100,
    author: 'linus',
    head_sha: sha('search'),
    created_at: at(0.2),
    stage: 'canary',
    risk_score: 2.8,
    route: 'automated',
  });
  return seedWaiting(desk, at);
}

function seedDeployed(desk: FakeDesk, run: Run, at: (hoursAgo: number) => Date): void {
  const steps = [
    ['run_enqueued', 'enqueue', 'queued', 'CI asked for it.'],
    ['change_resolved', 'review', 'resolved', 'Merged with main without conflict.'],
    ['review_evaluation', 'review', 'automated', 'Risk 1.5: a bug fix with tests and nothing above low.'],
    ['test_generation', 'test-gen', 'kept', 'One test for the rounding boundary; red first, green on the retry.'],
    ['staging_deploy.intended', 'staging', 'intended', 'Deploy the merge to staging.'],
    ['staging_deploy.completed', 'staging', 'completed', 'It answers.'],
    ['staging_validation', 'staging', 'passed', '400 requests, no error, p99 88 ms against 142 ms.'],
    ['canary_started', 'canary', 'started', '5 % of traffic.'],
    ['canary_verdict', 'canary', 'PASS', '12,041 requests, no more errors than control.'],
    ['production_release', 'release', 'deployed', 'The canary was promoted.'],
    ['run_finished', 'release', 'deployed', 'The merge is in production and on main.'],
  ] as const;
  for (const [index, [event, stage, outcome, rationale]] of steps.entries())
    desk.append(run.id, { event, stage, outcome, rationale, payload: { step: index + 1 } }, at(5 - index * 0.03));
}

function seedWaiting(desk: FakeDesk, at: (hoursAgo: number) => Date): Run {
  const run = desk.seed(
    {
      title: 'Add a loyalty tier to customers',
      pr_number: 101,
      author: 'ada',
      head_sha: '3f9c1e07b2d84a6f5c1e90ab77d2e4f6a8b9c0d1',
      base_sha: digestOf('base').slice(0, 40),
      target_sha: digestOf('target').slice(0, 40),
      merge_sha: digestOf('merge').slice(0, 40),
      artifact: digestOf('artifact'),
      stage: 'review',
      status: 'waiting',
      route: 'human',
      waiting_for: 'a decision of a person',
      risk_score: 7.4,
      created_at: at(0.6),
    },
    { inputTokens: 18_412, outputTokens: 1_203, costMicroUsd: 73_281 },
  );
  desk.append(
    run.id,
    { event: 'run_enqueued', stage: 'enqueue', outcome: 'queued', rationale: 'CI asked for it.' },
    at(0.6),
  );
  desk.append(
    run.id,
    {
      event: 'change_resolved',
      stage: 'review',
      outcome: 'resolved',
      rationale: 'Merged with main without conflict.',
      payload: { files: 4 },
    },
    at(0.59),
  );
  desk.append(
    run.id,
    {
      event: 'review_evaluation',
      stage: 'review',
      outcome: 'human',
      risk_score: 7.4,
      rationale: 'Risk 7.4: schema change and a high finding; a person decides.',
      payload: {
        risk_score: 7.4,
        auto_approvable: false,
        requires_human: true,
        security_findings: [],
        performance_concerns: ['index is built under a lock'],
        coverage_gaps: [],
        breaking_changes: [],
      },
    },
    at(0.55),
  );
  desk.append(
    run.id,
    {
      event: 'escalated',
      stage: 'review',
      outcome: 'waiting_for_a_person',
      rationale: 'The change alters a database schema.',
    },
    at(0.55),
  );
  desk.setPolicy(run.id, makePolicyRecord());
  desk.escalate(run.id, 'review', makeContextPackage(), {
    opened_at: at(0.55),
    owners: ['grace'],
    reminded: 1,
    rules: {
      binding: { head_sha: run.head_sha, base_sha: run.base_sha, effective_policy: digestOf('effective policy') },
      why: [{ people: 1, text: 'approvals.minimum' }],
      override: false,
    },
  });
  return run;
}
