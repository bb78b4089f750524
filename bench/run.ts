/**
 * `npm run bench -- [suite…] [--rounds N] [--quick] [--json]`: what the fleet costs over bare BullMQ, and how it compares
 * with what a user would pick instead. Starts its own Redis and PostgreSQL. It judges nothing: a busy machine is slow,
 * so arms take turns in the same run and ratios are what to read.
 */
import { parseArgs } from 'node:util';
import { makeLogger } from '../src/log.ts';
import { audit } from './suites/audit.ts';
import { enqueue } from './suites/enqueue.ts';
import { growth } from './suites/growth.ts';
import { idle } from './suites/idle.ts';
import { metrics } from './suites/metrics.ts';
import { peers } from './suites/peers.ts';
import { pipeline } from './suites/pipeline.ts';
import { recovery } from './suites/recovery.ts';
import { formatTable } from './support/format-table.ts';
import { readProbes } from './support/machine.ts';
import type { SuiteResult } from './support/suite.ts';

const SUITES = { pipeline, audit, idle, enqueue, recovery, growth, peers, metrics };
type SuiteName = keyof typeof SUITES;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const names = (positionals.length === 0 ? Object.keys(SUITES) : positionals) as SuiteName[];
const unknown = names.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  process.stderr.write(`no such suite: ${unknown.join(', ')}. There are: ${Object.keys(SUITES).join(', ')}\n`);
  process.exit(2);
}

const log = makeLogger({ name: 'bench', level: 'error' });
const say = (text: string) => void process.stderr.write(`${text}\n`);
const options = { rounds: values.quick ? 1 : Number(values.rounds), quick: values.quick, log, say };
const before = await readProbes();
const results: SuiteResult[] = [];
for (const name of names) {
  const started = performance.now();
  results.push(await SUITES[name](options));
  say(`${name}: took ${Math.round((performance.now() - started) / 1_000)} s`);
}
const report = { at: new Date().toISOString(), machine: { before, after: await readProbes() }, results };
process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${results.map(formatTable).join('\n')}\n`);
