import type { Command } from 'commander';
import { sql } from 'kysely';
import { z } from 'zod';
import { resolveService } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { SlipwayFile, type Thresholds } from '../config/schema.ts';
import { type Replay, replayCanary } from '../delivery/judge/replay-canary.ts';
import { TickSample } from '../delivery/judge/tick-sample.ts';
import { InputError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { Db } from '../store/open-database.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';
import { readTickFile } from './read-tick-file.ts';
import { type ConfigOption, fileOf, withDatabase } from './with-stores.ts';

interface JudgeOptions extends ConfigOption {
  readonly ticks?: string;
  readonly run?: RunId;
  readonly service?: string;
  readonly json?: boolean;
}

export function registerCanaryJudge(parent: Command, io: CliIo): void {
  parent
    .command('judge')
    .summary('judge recorded ticks again')
    .description(
      'Replays the ticks of a canary, from a file or of a run, and gives the verdict the live canary came to, with every number. Exit 1 when it differs from the recorded one.',
    )
    .option('--ticks <file>', 'the ticks: a JSON array, or one on each line; needs no store')
    .option('--run <id>', 'the stored ticks of a run, under the limits it ran with', parseRunId)
    .option(
      '--config <file>',
      'limits for --ticks, and stores for --run (default: SLIPWAY_CONFIG, else ./slipway.yaml)',
    )
    .option('--service <name>', 'with --ticks: the limits of this service, not the global ones')
    .option('--json', 'print one JSON document')
    .action(async (options: JudgeOptions) => {
      const { ticks, limits, recorded } = await readCanary(options);
      const replay = replayCanary(ticks, limits);
      if (replay === null)
        throw new InputError([{ field: options.run === undefined ? '--ticks' : '--run', problem: 'has no ticks' }]);
      const same = recorded === null || recorded === verdictOf(replay);
      if (!same) io.setExitCode(EXIT.error);
      if (options.json === true) return printJson(io, { ticks: ticks.length, ...replay, limits, recorded, same });
      print(io, replay, recorded);
    });
}

/** What waits at the gate of production has passed; that it went on from there is a person's word. */
function verdictOf({ judgement }: Replay): string {
  return judgement.next?.kind === 'gate' && judgement.next.pct === 100 ? 'PASS' : judgement.verdict;
}

interface Canary {
  readonly ticks: readonly TickSample[];
  readonly limits: Thresholds;
  /** The verdict on the record; null when there is none, or nothing to compare with. */
  readonly recorded: string | null;
}

async function readCanary(options: JudgeOptions): Promise<Canary> {
  const { ticks, run, service } = options;
  if (ticks !== undefined && run === undefined)
    return { ticks: readTickFile(ticks), limits: readLimits(options, service), recorded: null };
  if (run !== undefined && ticks === undefined && service === undefined)
    return withDatabase(options, (db) => readStored(db, run));
  throw new InputError([
    { field: '--ticks', problem: 'give either --ticks, with --service if you like, or --run', fix: 'one of the two' },
  ]);
}

function readLimits(options: JudgeOptions, service: string | undefined): Thresholds {
  const config = readConfig(fileOf(options));
  if (service === undefined) return config.thresholds;
  const resolved = resolveService(config, service);
  if (resolved !== undefined) return resolved.limits;
  const known = Object.keys(config.services).join(', ') || 'none';
  throw new InputError([{ field: '--service', problem: `${service} is not configured`, fix: `there are: ${known}` }]);
}

const Body = z.object({ outcome: z.string(), payload: z.record(z.string(), z.unknown()) });

const Judged = z.object({ ticks: z.int().optional() });

/** The limits stand in `canary_started`: what the configuration says today may be another policy. */
async function readStored(db: Db, run: RunId): Promise<Canary> {
  const rows = await db
    .selectFrom('slipway.canary_ticks')
    .select('sample')
    .where('run_id', '=', run)
    .orderBy(sql`n`)
    .execute();
  const read = async (event: string) => {
    const row = await db
      .selectFrom('audit.entry')
      .select('body')
      .where('trace_id', '=', run)
      .where('event', '=', event)
      .orderBy('seq')
      .executeTakeFirst();
    return row === undefined ? null : Body.parse(JSON.parse(row.body));
  };
  const started = await read('canary_started');
  if (started === null)
    throw new InputError([
      { field: '--run', problem: `${run} has no canary on the record`, fix: 'see slipway status' },
    ]);
  const limits = SlipwayFile.shape.thresholds.parse(started.payload['limits']);
  const verdict = await read('canary_verdict');
  // What nobody watched for a time, and what a person decided without proof, was ended without the judge: there is nothing to compare.
  const decided = verdict?.payload['decided_by'] !== undefined;
  const byJudge =
    verdict !== null && verdict.payload['cause'] !== 'unwatched' && (!decided || verdict.outcome === 'PASS');
  return {
    // One that waited to be signed for was watched on; those ticks came after its verdict.
    ticks: rows.slice(0, Judged.parse(verdict?.payload ?? {}).ticks).map(({ sample }) => TickSample.parse(sample)),
    limits,
    recorded: byJudge ? verdict.outcome : null,
  };
}

function print(io: CliIo, replay: Replay, recorded: string | null): void {
  const { tick, judgement } = replay;
  const { cause, why, numbers } = judgement;
  const verdict = verdictOf(replay);
  io.out(`${verdict}${cause === null ? '' : ` (${cause})`} at tick ${tick}: ${printable(why)}\n`);
  if (recorded !== null)
    io.out(`on the record: ${recorded}${recorded === verdict ? ', the same' : ', ANOTHER VERDICT'}\n`);
  for (const [name, value] of Object.entries(numbers)) io.out(`  ${name}  ${value ?? '-'}\n`);
}
