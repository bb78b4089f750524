import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config/read-config.ts';
import type { Thresholds } from '../config/schema.ts';
import { type CanaryPlan, planCanary } from '../delivery/judge/plan-canary.ts';
import type { CliIo } from './cli-io.ts';
import { formatTable } from './format-table.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, fileOf } from './with-stores.ts';

interface PlanOptions extends ConfigOption {
  readonly rps: number;
  readonly pct?: number;
  readonly json?: boolean;
}

export function registerCanaryPlan(parent: Command, io: CliIo): void {
  parent
    .command('plan')
    .summary('say what a service’s traffic allows to detect')
    .description(
      'How long a pass takes and how soon a fault is found, with this traffic and the configured limits, when events come at exactly their rate. Only the tests against the thresholds are counted; comparison with production often finds a fault sooner.',
    )
    .requiredOption('--rps <number>', 'requests per second of the whole service', parsePositive)
    .option('--pct <number>', 'share of the canary (default: canary_traffic_initial_pct)', parsePositive)
    .option('--config <file>', 'the limits (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action((options: PlanOptions) => {
      const { thresholds } = readConfig(fileOf(options));
      const limits =
        options.pct === undefined ? thresholds : { ...thresholds, canary_traffic_initial_pct: options.pct };
      const plan = planCanary({ rps: options.rps, limits });
      if (options.json === true) return printJson(io, plan);
      print(io, plan, limits);
    });
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Must be a number above 0.');
}

function print(io: CliIo, plan: CanaryPlan, limits: Thresholds): void {
  const { errors, slow, configured } = plan.requests_needed;
  io.out(
    `canary: ${plan.canary_rps} requests/s, ${plan.requests_per_window} in a window of ${limits.canary_monitoring_duration_min} min\n`,
  );
  io.out(
    `proof without any event: ${errors} requests for errors, ${slow} for slow ones; at least ${configured} are asked for\n\n`,
  );
  const passes = [{ rate: 0, pass_s: plan.pass_s }, ...plan.pass_s_with_errors];
  io.out(
    formatTable(
      ['errors of a healthy canary', 'PASS after'],
      passes.map(({ rate, pass_s }) => [percent(rate), duration(pass_s)]),
    ),
  );
  io.out('\n');
  const rows = plan.detect.map(({ rate, errors_s, slow_s }) => [percent(rate), duration(errors_s), duration(slow_s)]);
  io.out(formatTable(['at this rate', 'errors found after', 'slow requests found after'], rows));
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(2)} %`;
}

function duration(seconds: number | null): string {
  if (seconds === null) return 'never within the windows';
  return seconds < 120 ? `${seconds} s` : `${(seconds / 60).toFixed(1)} min`;
}
