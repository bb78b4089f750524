import type { Thresholds } from '../../src/config/schema.ts';
import { LIMITS, type Scenario, simulateCanary } from './simulate-canary.ts';

/** What many canaries of one scenario came to, as shares of all; times in seconds. */
export interface Cell {
  readonly scenario: Scenario;
  readonly runs: number;
  readonly failedInFirstWindow: number;
  readonly failed: number;
  readonly passedInFirstWindow: number;
  readonly passed: number;
  readonly inconclusive: number;
  /** Over those that failed; null when none did. */
  readonly medianDetectionS: number | null;
  /** Fewest canary requests that a PASS rested on; null when none passed. */
  readonly fewestRequestsOfPass: number | null;
  readonly naiveRolledBackByErrors: number;
  readonly naiveRolledBackByP99: number;
  readonly naivePromoted: number;
}

export function measureCell(scenario: Scenario, runs: number, limits: Thresholds = LIMITS): Cell {
  const all = Array.from({ length: runs }, (_, index) => simulateCanary(scenario, index + 1, limits));
  const windowS = limits.canary_monitoring_duration_min * 60;
  const share = (holds: (run: (typeof all)[number]) => boolean) => all.filter(holds).length / runs;
  const detected = all.flatMap((run) => (run.verdict === 'FAIL' ? [run.seconds] : [])).toSorted((a, b) => a - b);
  const passes = all.flatMap((run) => (run.verdict === 'PASS' ? [run.requests] : []));
  return {
    scenario,
    runs,
    failedInFirstWindow: share((run) => run.verdict === 'FAIL' && run.seconds <= windowS),
    failed: share((run) => run.verdict === 'FAIL'),
    passedInFirstWindow: share((run) => run.verdict === 'PASS' && run.seconds <= windowS),
    passed: share((run) => run.verdict === 'PASS'),
    inconclusive: share((run) => run.verdict === 'INCONCLUSIVE'),
    medianDetectionS: detected[Math.floor(detected.length / 2)] ?? null,
    fewestRequestsOfPass: passes.length === 0 ? null : Math.min(...passes),
    naiveRolledBackByErrors: share((run) => run.naive.rolledBackByErrors),
    naiveRolledBackByP99: share((run) => run.naive.rolledBackByP99),
    naivePromoted: share((run) => run.naive.averageFine),
  };
}
