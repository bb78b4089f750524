/**
 * `npm run bench:policy -- [--runs N] [--days N] [--json]`: how long the policy tools take over a record of many reviewed runs, and how much
 * memory. The runs are made by the product's own appends under three policies, one after the other; each command is a process
 * of its own, and what it counts is compared with a plain loop over what was made.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import type { Config } from '../src/config/config.ts';
import { readConfig } from '../src/config/read-config.ts';
import { makeLogger } from '../src/log.ts';
import { packageRoot } from '../src/package-root.ts';
import { startBenchGround } from './support/bench-ground.ts';
import { countCalibration, countGate, countSimulation } from './support/count-history.ts';
import { formatTable } from './support/format-table.ts';
import { POLICIES } from './support/policies.ts';
import { makePolicyHistory } from './support/policy-history.ts';
import type { TableRow } from './support/suite.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    days: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
  },
});
const say = (text: string) => void process.stderr.write(`${text}\n`);
const log = makeLogger({ name: 'bench', level: 'error' });
const ground = await startBenchGround(1, log);
try {
  const env = { ...ground.childEnv, PATH: process.env['PATH'] ?? '' };
  const files = await Promise.all(
    POLICIES.map(async (policy, index) => {
      const file = join(ground.directory, `policy-${index}.yaml`);
      await writeFile(file, stringify(policy));
      return file;
    }),
  );
  const configs = files.map((file): Config => readConfig({ file, env }));
  const [newest, last] = [configs.at(-1), files.at(-1)];
  if (newest === undefined || last === undefined) throw new Error('there are no policies');
  const now = new Date();
  const { db, audit } = ground.core;
  const history = { runs: Number(values.runs), days: Number(values.days), now };
  const started = performance.now();
  const made = await makePolicyHistory({ db, audit, policies: configs, say }, history);
  say(`made in ${Math.round((performance.now() - started) / 1_000)} s`);

  const since = `${history.days + 1}d`;
  const rows: TableRow[] = [];
  const checked = async (name: string, expected: unknown, args: string[], pick: (out: never) => unknown) => {
    say(name);
    const { out, seconds, peakMb } = await slipway(args, env);
    const found = pick(JSON.parse(out) as never);
    const agrees = JSON.stringify(found) === JSON.stringify(expected);
    if (!agrees) say(`${name}: found ${JSON.stringify(found)}\nmade ${JSON.stringify(expected)}`);
    rows.push({ case: name, seconds, peak_mb: peakMb, agrees: agrees ? 'yes' : 'NO' });
  };
  const simulated = countSimulation(made, newest);
  await checked(
    'policy simulate',
    simulated,
    ['policy', 'simulate', '--since', since, '--config', last, '--json'],
    ({ runs, replayed, let_through, asked_in_vain, moved, asked }: never) => ({
      runs,
      replayed,
      before: (asked as { before: { count: number } }).before.count,
      after: (asked as { after: { count: number } }).after.count,
      moved: (moved as unknown[]).length,
      let_through,
      asked_in_vain,
    }),
  );
  await checked(
    'policy calibrate',
    countCalibration(made),
    ['policy', 'calibrate', '--since', since, '--config', last, '--json'],
    ({ runs, labelled, rows: thresholds }: never) => ({
      runs,
      labelled,
      missed: (thresholds as never[]).map(({ miss }) => (miss as { count: number }).count),
    }),
  );
  await checked(
    'rollout status',
    countGate(made, newest, new Date()),
    ['rollout', 'status', '--config', last, '--json'],
    ({ figures }: never) => ({
      reviewed: (figures as { reviewed: number }).reviewed,
      escalated: (figures as { escalated: { count: number } }).escalated.count,
    }),
  );
  await checked('audit verify', true, ['audit', 'verify', '--config', last, '--json'], ({ ok }: never) => ok);
  const result = { suite: `policy tools over ${made.length} runs`, rows };
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : `${formatTable(result)}\n`);
  if (rows.some(({ agrees }) => agrees !== 'yes')) process.exitCode = 1;
} finally {
  await ground.close();
}

/** A command as an operator calls it, its time, and the most memory that its process held. */
async function slipway(args: readonly string[], env: NodeJS.ProcessEnv) {
  const tell = "process.on('exit',()=>process.stderr.write('\\npeak '+process.resourceUsage().maxRSS+'\\n'))";
  const argv = [
    '--import',
    `data:text/javascript,${encodeURIComponent(tell)}`,
    join(packageRoot, 'bin', 'slipway.js'),
    ...args,
  ];
  const from = performance.now();
  return new Promise<{ out: string; seconds: number; peakMb: number }>((resolve, reject) => {
    execFile(process.execPath, argv, { env, maxBuffer: 2 ** 30 }, (error, out, err) => {
      const peak = /\npeak (\d+)\n/.exec(err)?.[1];
      if (error !== null || peak === undefined) return reject(new Error(`${args.join(' ')}: ${err}`));
      resolve({ out, seconds: (performance.now() - from) / 1_000, peakMb: Number(peak) / 1024 });
    });
  });
}
