import type { Config } from '../../src/config/config.ts';
import { decidePolicy } from '../../src/policy/decide-policy.ts';
import { policySettings } from '../../src/policy/policy-settings.ts';
import type { MadeRun } from './plan-policy-run.ts';

/** What the tools should count, by plain loops over what was made: nothing is read from the record here. */

const isBad = ({ outcome, decision, takenBack }: MadeRun) =>
  outcome === 'rolled_back' || decision === 'reject' || takenBack;
const isGood = (run: MadeRun) => run.outcome === 'deployed' && !isBad(run);
const isReal = ({ dryRun }: MadeRun) => !dryRun;

export function countSimulation(made: readonly MadeRun[], other: Config) {
  const counted = { runs: 0, replayed: 0, before: 0, after: 0, moved: 0, let_through: 0, asked_in_vain: 0 };
  for (const run of made.filter(isReal)) {
    counted.runs += 1;
    if (run.lost || other.services[run.service] === undefined) continue;
    const { route } = decidePolicy(run.case, policySettings(other, run.service, other.rollout.automated_pct)).route;
    counted.replayed += 1;
    if (run.route === 'human') counted.before += 1;
    if (route === 'human') counted.after += 1;
    if (route === run.route) continue;
    counted.moved += 1;
    if (route === 'automated' && isBad(run)) counted.let_through += 1;
    if (route === 'human' && isGood(run)) counted.asked_in_vain += 1;
  }
  return counted;
}

/** Reasons that leave it to the score: the threshold, and the rules of the policies here that look at nothing else. */
const SCORE_ALONE = new Set(['risk_score', 'rollout', 'emergency']);

export function countCalibration(made: readonly MadeRun[]) {
  const real = made.filter(isReal);
  const scored = real.filter(({ lost, reasons }) => !lost && reasons.every((code) => SCORE_ALONE.has(code)));
  const bad = scored.filter(isBad);
  const thresholds = Array.from({ length: 14 }, (_, index) => (index + 1) / 2);
  return {
    runs: real.length,
    labelled: { good: scored.filter(isGood).length, bad: bad.length },
    missed: thresholds.map((threshold) => bad.filter((run) => (run.case.score ?? 10) < threshold).length),
  };
}

export function countGate(made: readonly MadeRun[], { rollout }: Config, now: Date) {
  const since = now.getTime() - rollout.window_days * 86_400_000;
  const window = made.filter((run) => isReal(run) && run.createdAt.getTime() >= since);
  const about = ({ reasons, lost, askedLater }: MadeRun) =>
    askedLater || lost || reasons.some((code) => code !== 'rollout' && code !== 'emergency');
  return { reviewed: window.length, escalated: window.filter(about).length };
}
