import { type Command, InvalidArgumentError } from 'commander';
import { InputError } from '../errors.ts';
import { type Calibration, calibrate } from '../policy/calibrate.ts';
import { escalationFigures } from '../policy/escalation-figures.ts';
import { describeRate } from '../policy/wilson.ts';
import { readDecidedRuns } from '../runs/read-decided-runs.ts';
import type { CliIo } from './cli-io.ts';
import { formatTable } from './format-table.ts';
import { parseDuration } from './parse-duration.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, withDatabase } from './with-stores.ts';

interface CalibrateOptions extends ConfigOption {
  readonly since: number;
  readonly maxMiss: number;
  readonly service?: string;
  readonly json?: boolean;
}

export function registerPolicyCalibrate(parent: Command, io: CliIo): void {
  parent
    .command('calibrate')
    .summary('suggest thresholds from decisions and rollbacks')
    .description(
      'Compares scores with what became of the changes: rejected or rolled back is bad, deployed is good. Shows for each threshold how many good changes it asks about (false positives) and how many bad ones it misses, with 95 % Wilson intervals, and suggests a threshold only where there is enough data. Changes nothing.',
    )
    .option('--since <duration>', 'how far back, e.g. 90d', parseDuration, 90 * 86_400_000)
    .option('--max-miss <share>', 'how many of the bad changes may be missed, 0–1', parseShare, 0.1)
    .option('--service <name>', 'only runs of this service')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action(async (options: CalibrateOptions) => {
      const all = await withDatabase(options, (db) => readDecidedRuns(db, new Date(Date.now() - options.since)));
      const runs = options.service === undefined ? all : all.filter(({ service }) => service === options.service);
      if (options.service !== undefined && all.length > 0 && runs.length === 0)
        throw new InputError([
          {
            field: '--service',
            problem: `no run of ${options.service} was reviewed in this time`,
            fix: `reviewed were ${[...new Set(all.map(({ service }) => service))].toSorted().join(', ')}`,
          },
        ]);
      const calibration = calibrate(runs, options.maxMiss);
      const groups = [...new Set(runs.map(({ tier, service }) => `${tier} ${service}`))].toSorted();
      const figures = groups.map((group) => ({
        group,
        ...escalationFigures(runs.filter(({ tier, service }) => `${tier} ${service}` === group)),
      }));
      if (options.json === true) return printJson(io, { ...calibration, figures });
      show(io, calibration);
      for (const { group, escalated, agreement, time_to_decision_s } of figures) {
        const time =
          time_to_decision_s === null ? 'nobody decided' : `decided in ${Math.round(time_to_decision_s / 60)} min`;
        io.out(`${group}: escalated ${describeRate(escalated)}, agreed ${describeRate(agreement)}, ${time} (median)\n`);
      }
    });
}

function show(io: CliIo, { runs, labelled, rows, suggestion, rules }: Calibration): void {
  io.out(
    `runs          ${runs} reviewed; only the score decides about ${labelled.good} good and ${labelled.bad} bad ones\n`,
  );
  io.out(`suggestion    ${suggestion.text}\n\n`);
  io.out(
    formatTable(
      ['THRESHOLD', 'GOOD ONES ASKED ABOUT', 'BAD ONES MISSED'],
      rows.map(({ threshold, false_positive, miss }) => [
        threshold.toFixed(1),
        describeRate(false_positive),
        describeRate(miss),
      ]),
    ),
  );
  if (rules.length === 0) return;
  const asked = rules.map(({ code, asked: n, false_positive }) => [code, String(n), describeRate(false_positive)]);
  io.out(`\n${formatTable(['REASON', 'ASKED', 'APPROVED AND FINE'], asked)}\n`);
}

function parseShare(text: string): number {
  const share = Number(text);
  if (share > 0 && share < 1) return share;
  throw new InvalidArgumentError('Must be a share between 0 and 1, e.g. 0.1.');
}
