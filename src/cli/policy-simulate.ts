import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config/read-config.ts';
import { policySettings } from '../policy/policy-settings.ts';
import { makeSimulation, type Simulation } from '../policy/simulate.ts';
import { describeRate } from '../policy/wilson.ts';
import { makePolicyCounts, readUnreplayed } from '../runs/read-unreplayed.ts';
import { readRollout } from '../runs/rollout-state.ts';
import type { CliIo } from './cli-io.ts';
import { eachDecidedRun } from './each-decided-run.ts';
import { formatTable } from './format-table.ts';
import { parseDuration } from './parse-duration.ts';
import { printJson } from './print-json.ts';
import { withDatabase } from './with-stores.ts';

interface SimulateOptions {
  readonly config: string;
  readonly since: number;
  readonly limit: number;
  readonly json?: boolean;
}

export function registerPolicySimulate(parent: Command, io: CliIo): void {
  parent
    .command('simulate')
    .summary('replay recorded reviews through another policy')
    .description(
      'Decides about the changes on the record again, under the policy of another file: how many would be escalated, and which outcomes would change. Calls no model and changes nothing. Reads the database that the environment names.',
    )
    .requiredOption('--config <file>', 'the slipway.yaml to try')
    .option('--since <duration>', 'how far back, e.g. 30d', parseDuration, 30 * 86_400_000)
    .option('--limit <n>', 'show at most this many runs that would move', parseCount, 20)
    .option('--json', 'print one JSON document')
    .action(async (options: SimulateOptions) => {
      const other = readConfig({ file: options.config });
      const { result, rollout, unreplayed } = await withDatabase({ config: options.config }, async (db) => {
        // A step that is on the record holds over the file, as it would in the fleet.
        const rollout = await readRollout(db, other);
        const isKnown = (service: string) => other.services[service] !== undefined;
        const simulation = makeSimulation((service) =>
          isKnown(service) ? policySettings(other, service, rollout.automated_pct) : null,
        );
        const counts = makePolicyCounts();
        await eachDecidedRun(db, new Date(Date.now() - options.since), io, (run) => {
          simulation.add(run);
          if (isKnown(run.service)) counts.add(run);
        });
        return { result: simulation.result(), rollout, unreplayed: await readUnreplayed(db, counts.result(), other) };
      });
      if (options.json === true)
        return printJson(io, { policy_hash: other.policy_hash, rollout, unreplayed, ...result });
      show(io, result, options.limit);
      io.out(`rollout       ${rollout.automated_pct} % of low-risk changes, by the ${rollout.from}\n`);
      for (const { part, runs: n } of unreplayed)
        io.out(
          `not tried     ${part}: ${n} runs were reviewed under another value, and are decided about as they were found\n`,
        );
    });
}

function show(io: CliIo, result: Simulation, limit: number): void {
  io.out(`runs          ${result.runs} reviewed, ${result.replayed} replayed\n`);
  for (const { why, runs } of result.skipped) io.out(`skipped       ${runs}: ${why}\n`);
  io.out(`asked then    ${describeRate(result.asked.before)}\n`);
  io.out(`asked now     ${describeRate(result.asked.after)}\n`);
  const toHuman = result.moved.filter(({ to }) => to === 'human').length;
  io.out(`would change  ${toHuman} to a person, ${result.moved.length - toHuman} to automated\n`);
  io.out(`let through   ${result.let_through} that were rejected or rolled back would not be asked about\n`);
  if (result.unproven > 0)
    io.out(
      `not proven    ${result.unproven} of those to automated: no sceptic was asked then, and one may yet refute them\n`,
    );
  io.out(`in vain       ${result.asked_in_vain} that were deployed unasked would be asked about\n`);
  if (result.reasons.length > 0)
    io.out(
      `\n${formatTable(
        ['REASON', 'THEN', 'NOW'],
        result.reasons.map(({ code, before, after }) => [code, String(before), String(after)]),
      )}`,
    );
  if (result.moved.length === 0) return;
  const rows = result.moved
    .slice(0, limit)
    .map(({ id, change, from, to, outcome, decision, reasons }) => [
      id,
      change,
      `${from} → ${to}`,
      decision === null ? (outcome ?? 'open') : `${decision}, ${outcome ?? 'open'}`,
      reasons.join(', '),
    ]);
  io.out(`\n${formatTable(['RUN', 'CHANGE', 'ROUTE', 'WHAT BECAME OF IT', 'REASONS'], rows)}`);
  const more = result.moved.length - rows.length;
  if (more > 0) io.out(`…and ${more} more: --limit, or --json\n`);
}

function parseCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Must be a whole number, e.g. 20.');
}
