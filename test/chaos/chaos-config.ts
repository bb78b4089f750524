import { stringify } from 'yaml';
import { SERVICES } from './schedule.ts';

export const SERVICE_NAMES = Array.from({ length: SERVICES }, (_, index) => `svc-${index + 1}`);

/** Time is scaled by settings that everybody has; the proof is not: 600 canary requests and the thresholds of production. */
export function chaosConfig(originOf: (service: string) => string): string {
  const service = (name: string) => ({
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
    },
    delivery: { kind: 'local', command: ['node', 'server.js'] },
  });
  return stringify({
    profile: 'demo',
    orchestration: { max_concurrent_agents: 4, agent_request_timeout_s: 3, agent_call_deadline_s: 90 },
    // Windows are short here and faults long: one more window at each step would prove nothing about the fleet.
    change_classes: { schema_migration: { canary_steps: [] } },
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
    },
    escalation: { decision_deadline_h: 0.012 },
    services: Object.fromEntries(SERVICE_NAMES.map((name) => [name, service(name)])),
    people: {
      nina: { emails: ['nina@example.com', 'ada@example.com'], logins: ['nina'] },
      mara: { emails: ['mara@example.com'], logins: ['mara'] },
    },
    fleet: { grace_period_s: 10 },
    server: { port: 0, requests_per_minute: 100_000 },
  });
}
