import { stringify } from 'yaml';
import { SERVICES } from './schedule.ts';

export const SERVICE_NAMES = Array.from({ length: SERVICES }, (_, index) => `svc-${index + 1}`);

/** Services whose earlier versions never get up again: taking a release back fails there, and has to leave nothing. */
export const ONE_WAY: readonly string[] = ['svc-3', 'svc-6'];

const BESIDE_BASE = {
  staging: {
    duration_s: 1,
    load: { rate_rps: 400, warm_up_s: 0 },
    regression: { compare: 'base', latency_ratio: 100, slack_ms: 2_000 },
  },
};

/** What a service of a campaign has besides, so that its runs go other ways. */
const WAYS: Readonly<Record<string, { staging?: object; thresholds?: object }>> = {
  // Beside the merge stands what it was made from.
  'svc-1': BESIDE_BASE,
  'svc-5': BESIDE_BASE,
  // One window is too little for proof: the share is raised, and then it is enough.
  'svc-7': { thresholds: { canary_min_requests: 2_000, canary_max_windows: 1, canary_step_up_max_pct: 50 } },
  // Nothing is ever enough: a person decides.
  'svc-8': { thresholds: { canary_min_requests: 100_000, canary_max_windows: 1, canary_step_up_max_pct: 50 } },
};

/** Steps, gates, holds, sensitive paths, parts of a review and budgets that are near. */
const WIDE = {
  review: { max_part_tokens: 2_000 },
  change_classes: {
    schema_migration: { canary_steps: [50], canary_gates: [50] },
    compliance_audited: { canary_gates: [100] },
    performance_critical: { canary_steps: [50] },
  },
  thresholds: { canary_traffic_initial_pct: 25, canary_hold_min: 0.4, canary_gate_min: 0.4 },
  budgets: { run: { tokens: 30_000 } },
  fleet: { canary_hold_s: 30 },
};

/** Time is scaled by settings that everybody has; the proof is not: 600 canary requests and the thresholds of production. */
export function chaosConfig(originOf: (service: string) => string, isWide: boolean): string {
  const wide = isWide ? WIDE : undefined;
  const service = (name: string) => ({
    sensitive_paths: { performance_critical: ['hot/**'], compliance: ['audited/**'] },
    repository: originOf(name),
    repo: `acme/${name}`,
    tests: {
      command: ['node', '--test', '--test-reporter=tap', '{file}'],
      directory: 'test',
      pattern: 'test/**/*.test.js',
      report: 'tap',
      timeout_s: 30,
    },
    staging: {
      duration_s: 0.25,
      load: { rate_rps: 200, warm_up_s: 0 },
      regression: { compare: 'off' },
      health_deadline_s: 10,
      ...(isWide ? WAYS[name]?.staging : {}),
    },
    thresholds: isWide ? WAYS[name]?.thresholds : undefined,
    delivery: { kind: 'local', command: ['node', 'server.js'] },
  });
  return stringify({
    profile: 'demo',
    orchestration: {
      max_concurrent_agents: 4,
      max_output_tokens: 4_096,
      agent_request_timeout_s: 3,
      agent_call_deadline_s: 90,
    },
    // Windows are short here and faults long: one more window at each step would prove nothing about the fleet.
    change_classes: wide?.change_classes ?? { schema_migration: { canary_steps: [] } },
    review: wide?.review,
    budgets: wide?.budgets,
    thresholds: {
      canary_traffic_initial_pct: 50,
      // Three replicas that die one after the other leave a canary unwatched for some 40 s: its windows last longer.
      canary_monitoring_duration_min: 0.07,
      canary_warm_up_s: 0,
      canary_tick_s: 0.3,
      canary_min_requests: 600,
      canary_max_windows: 12,
      // Nobody is there to decide.
      canary_hold_min: 0,
      ...wide?.thresholds,
    },
    escalation: { decision_deadline_h: 0.012 },
    services: Object.fromEntries(SERVICE_NAMES.map((name) => [name, service(name)])),
    people: {
      nina: { emails: ['nina@example.com', 'ada@example.com'], logins: ['nina'] },
      mara: { emails: ['mara@example.com'], logins: ['mara'] },
      omar: { emails: ['omar@example.com'], logins: ['omar'] },
    },
    fleet: { grace_period_s: 10, ...wide?.fleet },
    server: { port: 0, requests_per_minute: 100_000 },
  });
}
