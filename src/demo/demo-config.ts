import { stringify } from 'yaml';

export const DEMO_REPO = 'acme/sample-service';
export const DEMO_SERVICE = 'sample';

/**
 * slipway.yaml of the demo. Time is scaled (a canary of 30 s instead of 10 min), proof is not: 600 canary requests and
 * the same error and latency thresholds as in production.
 */
export function demoConfig(repository: string): string {
  return stringify({
    profile: 'demo',
    thresholds: {
      canary_monitoring_duration_min: 0.5,
      canary_warm_up_s: 5,
      canary_tick_s: 1,
      canary_min_requests: 600,
      // Nobody is there to decide: without proof it goes back at once.
      canary_hold_min: 0,
    },
    // The migration goes to production from its first share: with the usual steps the demo would take a minute longer.
    change_classes: { schema_migration: { canary_steps: [] } },
    // Long enough for another replica to take a dead one's canary over.
    fleet: { canary_hold_s: 20, canary_guard: 'required' },
    services: {
      [DEMO_SERVICE]: {
        repository,
        repo: DEMO_REPO,
        tier: 'standard',
        tests: {
          command: ['node', '--test', '--test-reporter=tap', '{file}'],
          collect_command: ['node', '--check', '{file}'],
          directory: 'test',
          pattern: 'test/**/*.test.js',
          report: 'tap',
          timeout_s: 60,
        },
        staging: {
          smoke: [
            { path: '/healthz' },
            { path: '/quote?amount=200&country=DE', body_contains: 'amount' },
            { path: '/items/1' },
          ],
          // Production is minutes old here: its whole past counts, whatever the hour, and it is pulled when it is needed.
          baseline: { window_days: 1, min_days: 0, hours: 'all', pull_every_min: 0.1 },
          // 400 requests each for the merge and what it was made from, ten blocks in turn.
          duration_s: 16,
          load: {
            rate_rps: 50,
            warm_up_s: 1,
            paths: ['/quote?amount=200&country=DE', { path: '/items/1', weight: 2 }, '/items?page=1'],
          },
        },
        delivery: { kind: 'local', command: ['node', 'src/server.js'] },
      },
    },
    people: {
      nina: { emails: ['nina@example.com'], logins: ['nina'] },
      tomas: { emails: ['tomas@example.com'], logins: ['tomas'] },
      jonas: { emails: ['jonas@example.com'], logins: ['jonas'] },
      mara: { emails: ['mara@example.com'], logins: ['mara'] },
    },
    server: { port: 0 },
  });
}
