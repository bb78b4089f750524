/**
 * The operating characteristics of the judge of canaries, by simulation with fixed seeds: how often it rolls back what is
 * healthy, promotes what is not, and how long it takes, by traffic, errors and latency; and what naive thresholds do. Run with
 * `npm run sim:canary`; writes the tables into docs/canary.md and the chart beside it. `--runs N` makes it shorter and only prints.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../src/package-root.ts';
import { measureCell } from './canary-sim/measure-cell.ts';
import { drawCharacteristic, renderReport } from './canary-sim/report.ts';
import { LIMITS, type Scenario } from './canary-sim/simulate-canary.ts';

const TRAFFIC = [2, 10, 20, 50, 100, 500];
const ERRORS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const SLOW = [0.005, 0.02, 0.03, 0.05, 0.2];
const HEALTHY: Omit<Scenario, 'rps'> = {
  canaryErrors: 0.001,
  controlErrors: 0.001,
  canarySlow: 0.002,
  controlSlow: 0.002,
};
const [BEGIN, END] = ['<!-- npm run sim:canary -->', '<!-- end of npm run sim:canary -->'];

const { values } = parseArgs({ options: { runs: { type: 'string' } } });
const runs = values.runs === undefined ? 1000 : Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs must be a whole number above 0');

const byTraffic = (change: Partial<Scenario>) =>
  TRAFFIC.map((rps) => measureCell({ ...HEALTHY, rps, ...change }, runs));
const errors = ERRORS.flatMap((canaryErrors) => byTraffic({ canaryErrors }));
const report = renderReport({
  runs,
  healthy: errors.filter((cell) => cell.scenario.canaryErrors === 0.001),
  bad: errors.filter((cell) => cell.scenario.canaryErrors === 0.01),
  errors,
  latency: SLOW.flatMap((canarySlow) => byTraffic({ canarySlow, controlSlow: canarySlow === 0.005 ? 0.005 : 0.002 })),
  fast: [0.05, 0.1, 0.2, 0.5].map((canaryErrors) =>
    measureCell({ ...HEALTHY, rps: 20, canaryErrors }, runs, { ...LIMITS, canary_tick_s: 5 }),
  ),
});
process.stdout.write(`${report}\n`);

if (values.runs === undefined) {
  const page = join(packageRoot, 'docs/canary.md');
  const text = await readFile(page, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has no place between ${BEGIN} and ${END}`);
  await writeFile(page, `${before}${BEGIN}\n${report}\n${END}${after}`);
  const chart = drawCharacteristic(errors.filter((cell) => [10, 20, 100, 500].includes(cell.scenario.rps)));
  await writeFile(
    join(packageRoot, 'docs/canary-characteristic.svg'),
    `${chart.replace('<title>', '<rect width="100%" height="100%" fill="#fff" stroke="none"/><title>')}\n`,
  );
}
