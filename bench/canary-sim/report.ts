import { drawLineChart } from '../../src/charts/line-chart.ts';
import type { Cell } from './measure-cell.ts';

export interface SimulationReport {
  readonly runs: number;
  /** Equal arms, and ten times the errors, by traffic. */
  readonly healthy: readonly Cell[];
  readonly bad: readonly Cell[];
  /** Faults of several sizes, by traffic. */
  readonly errors: readonly Cell[];
  readonly latency: readonly Cell[];
  /** The same with ticks of 5 s at 20 requests/s. */
  readonly fast: readonly Cell[];
}

export function renderReport({ runs, healthy, bad, errors, latency, fast }: SimulationReport): string {
  return [
    `Each cell: ${runs} simulated canaries at 5 % of traffic with ticks of 10 s, three windows of 10 min and the default limits; seeds 1 to ${runs}.`,
    'Healthy: 0.1 % errors and 0.2 % slow requests in both arms. The naive rules: roll back when any minute is above 0.5 % errors (or its',
    'p99 above the limit, which is 1 % slow), promote when the average of ten minutes is not above.',
    '',
    '**Healthy canaries, and canaries with 1 % errors against 0.1 % in production**',
    '',
    ...table(
      [
        'requests/s',
        'healthy rolled back',
        'naive',
        'healthy PASS in 10 / 30 min',
        '1 % errors promoted',
        'naive',
        '1 % errors FAIL in 10 / 30 min (median)',
      ],
      healthy.map((cell, index) => {
        const worse = bad[index] ?? cell;
        return [
          `${cell.scenario.rps}`,
          percent(cell.failed),
          percent(cell.naiveRolledBackByErrors),
          `${percent(cell.passedInFirstWindow)} / ${percent(cell.passed)}`,
          percent(worse.passed),
          percent(worse.naivePromoted),
          `${percent(worse.failedInFirstWindow)} / ${percent(worse.failed)} (${seconds(worse.medianDetectionS)})`,
        ];
      }),
    ),
    '',
    'What is neither failed nor passed is INCONCLUSIVE and goes back to zero.',
    '',
    '**Errors of the canary: FAIL within 30 min, median time to it** (production 0.1 %)',
    '',
    ...grid(errors, (cell) => cell.scenario.canaryErrors),
    '',
    '**Slow requests of the canary: FAIL within 30 min, median time to it** (production 0.2 %)',
    '',
    ...grid(latency, (cell) => cell.scenario.canarySlow),
    '',
    '**Healthy, but 0.5 % slow: rolled back by the naive minute p99**',
    '',
    ...table(
      ['requests/s', 'naive', 'ours'],
      latency
        .filter((cell) => cell.scenario.canarySlow === 0.005)
        .map((cell) => [`${cell.scenario.rps}`, percent(cell.naiveRolledBackByP99), percent(cell.failed)]),
    ),
    '',
    '**20 requests/s with ticks of 5 s, from the first bad request**',
    '',
    ...table(
      ['errors', 'FAIL within 30 min', 'median'],
      fast.map((cell) => [percent(cell.scenario.canaryErrors), percent(cell.failed), seconds(cell.medianDetectionS)]),
    ),
    '',
    `Fewest canary requests under any PASS: ${Math.min(...[...healthy, ...bad].flatMap((cell) => cell.fewestRequestsOfPass ?? []))}.`,
  ].join('\n');
}

/** The chance of a rollback by how much the canary fails: steep where it should be, flat at zero where it must be. */
export function drawCharacteristic(cells: readonly Cell[]): string {
  const rates = [...new Set(cells.map((cell) => cell.scenario.canaryErrors))];
  const of = (rps: number, value: (cell: Cell) => number) =>
    cells
      .filter((cell) => cell.scenario.rps === rps)
      .map((cell) => [cell.scenario.canaryErrors, value(cell) * 100] as const);
  return drawLineChart({
    title: 'Chance of a rollback within 30 minutes by the canary’s error rate, for several amounts of traffic',
    x: {
      label: 'errors of the canary (production: 0.1 %)',
      min: Math.min(...rates),
      max: Math.max(...rates),
      logarithmic: true,
      ticks: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].map((at) => ({ at, label: percent(at) })),
    },
    y: { label: 'rolled back', min: 0, max: 100, ticks: [0, 25, 50, 75, 100].map((at) => ({ at, label: `${at} %` })) },
    lines: [
      ...[...new Set(cells.map((cell) => cell.scenario.rps))].map((rps) => ({
        name: `${rps} requests/s`,
        points: of(rps, (cell) => cell.failed),
      })),
      { name: '20, naive', dashed: true, points: of(20, (cell) => cell.naiveRolledBackByErrors) },
    ],
    marks: [{ at: 0.005, label: 'threshold 0.5 %' }],
  });
}

function grid(cells: readonly Cell[], rateOf: (cell: Cell) => number): string[] {
  const rates = [...new Set(cells.map(rateOf))];
  const traffic = [...new Set(cells.map((cell) => cell.scenario.rps))];
  return table(
    ['requests/s', ...rates.map(percent)],
    traffic.map((rps) => [
      `${rps}`,
      ...rates.map((rate) => {
        const cell = cells.find((each) => each.scenario.rps === rps && rateOf(each) === rate);
        return cell === undefined ? '' : `${percent(cell.failed)}, ${seconds(cell.medianDetectionS)}`;
      }),
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function seconds(value: number | null): string {
  return value === null ? '–' : `${value} s`;
}
