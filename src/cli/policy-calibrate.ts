import { type Command, InvalidArgumentError } from 'commander';
import { InputError } from '../errors.ts';
import { type Calibration, makeCalibration } from '../policy/calibrate.ts';
import { makeEscalationFigures } from '../policy/escalation-figures.ts';
import { describeRate } from '../policy/wilson.ts';
import type { CliIo } from './cli-io.ts';
import { eachDecidedRun } from './each-decided-run.ts';
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
      const calibration = makeCalibration(options.maxMiss);
      const groups = new Map<string, ReturnType<typeof makeEscalationFigures>>();
      const services = new Set<string>();
      await withDatabase(options, (db) =>
        eachDecidedRun(db, new Date(Date.now() - options.since), io, (run) => {
          services.add(run.service);
          if (options.service !== undefined && run.service !== options.service) return;
          calibration.add(run);
          const name = `${run.tier} ${run.service}`;
          const group = groups.get(name) ?? makeEscalationFigures();
          group.add(run);
          groups.set(name, group);
        }),
      );
      if (options.service !== undefined && services.size > 0 && !services.has(options.service))
        throw new InputError([
          {
            field: '--service',
            problem: `no run of ${options.service} was reviewed in this time`,
            fix: `reviewed were ${[...services].toSorted().join(', ')}`,
          },
        ]);
      const figures = [...groups]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([group, sums]) => ({ group, ...sums.result() }));
      if (options.json === true) return printJson(io, { ...calibration.result(), figures });
      show(io, calibration.result());
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
