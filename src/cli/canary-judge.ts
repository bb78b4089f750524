import type { Command } from 'commander';
import { resolveService } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import type { Thresholds } from '../config/schema.ts';
import { findOtherWords, type OtherWord } from '../delivery/judge/compare-replay.ts';
import { type Replay, replayCanary, replayTicks } from '../delivery/judge/replay-canary.ts';
import { InputError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { CanaryEnder, CanaryEnding } from '../runs/canary-ending.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';
import { type JudgedCanary, readJudgedCanary } from './read-judged-canary.ts';
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
      'Replays the ticks of a canary, from a file or of a run, and gives the verdict the live canary came to, with every number. With --run each tick is compared with what was said of it while it ran, and who ended it is told; exit 1 when anything differs.',
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
      const { ticks, run, service } = options;
      if (ticks !== undefined && run === undefined) judgeFile(options, ticks);
      else if (run !== undefined && ticks === undefined && service === undefined)
        judgeRun(options, await withDatabase(options, (db) => readJudgedCanary(db, run)));
      else
        throw new InputError([
          {
            field: '--ticks',
            problem: 'give either --ticks, with --service if you like, or --run',
            fix: 'one of the two',
          },
        ]);
    });

  function judgeFile(options: JudgeOptions, file: string): void {
    const ticks = readTickFile(file);
    const limits = readLimits(options);
    const replay = replayCanary(ticks, limits);
    if (replay === null) throw new InputError([{ field: '--ticks', problem: 'has no ticks' }]);
    if (options.json === true)
      return printJson(io, { ticks: ticks.length, ...replay, limits, recorded: null, same: true });
    print(io, replay, []);
  }

  function judgeRun(options: JudgeOptions, { ticks, limits, said, ending }: JudgedCanary): void {
    const replays = replayTicks(ticks, limits);
    const others = findOtherWords(said, replays);
    // Where nobody came to a verdict, what was said last is what there is to say again.
    const lastSaid = ending.verdict === null ? said.at(-1)?.tick : undefined;
    const replay = replays.findLast(({ tick }) => lastSaid === undefined || tick === lastSaid) ?? replays.at(-1);
    if (replay === undefined) throw new Error('a canary that was read has ticks');
    const recorded = verdictToCompare(ending);
    const borneOut = recorded === null || isBorneOut(ending, replay, replays);
    const same = borneOut && others.length === 0;
    if (!same) io.setExitCode(EXIT.error);
    const { by, why, afterwards } = ending;
    if (options.json === true) {
      const compared = { said: said.length, others, ended: { by, why, afterwards } };
      return printJson(io, { ticks: ticks.length, ...replay, limits, recorded, same, ...compared });
    }
    print(io, replay, [
      recorded === null
        ? 'on the record: no verdict of the judge'
        : `on the record: ${recorded}${by === 'person' ? ' at a gate' : ''}, ${borneOut ? 'the same' : 'ANOTHER VERDICT'}`,
      ...describeTicks(said.length, others),
      ...(by === 'judge' ? [] : [`${ENDED[by]}: ${why}`]),
      ...(afterwards === null ? [] : [`after the verdict: ${afterwards}`]),
    ]);
  }
}

/** How the end is told where it was not the judge's. */
const ENDED: Readonly<Record<Exclude<CanaryEnder, 'judge'>, string>> = {
  person: 'the end was not the judge’s: a person decided',
  deadline: 'the end was not the judge’s: nobody decided in time',
  guard: 'the end was not the judge’s: a guard took it out of traffic',
  unwatched: 'the end was not the judge’s: it was not watched without a break',
  freeze: 'the end was not the judge’s: a freeze took it out of traffic',
  stop: 'the end was not the judge’s: its run was stopped',
  dry_run: 'the end was not the judge’s: nothing was given traffic',
  other: 'the end was not the judge’s: its run ended',
  nobody: 'there is no end yet',
};

function readLimits(options: JudgeOptions): Thresholds {
  const config = readConfig(fileOf(options));
  const { service } = options;
  if (service === undefined) return config.thresholds;
  const resolved = resolveService(config, service);
  if (resolved !== undefined) return resolved.limits;
  const known = Object.keys(config.services).join(', ') || 'none';
  throw new InputError([{ field: '--service', problem: `${service} is not configured`, fix: `there are: ${known}` }]);
}

/** The judge's own, or a person's that says it passed: that it did is the judge's word. */
function verdictToCompare({ by, verdict }: CanaryEnding): string | null {
  if (verdict === null) return null;
  const { outcome } = verdict.entry;
  return by === 'judge' || (by === 'person' && outcome === 'PASS') ? outcome : null;
}

function isBorneOut({ by, verdict }: CanaryEnding, { judgement }: Replay, replays: readonly Replay[]): boolean {
  if (by === 'person') return replays.some((replay) => replay.judgement.verdict === 'PASS');
  const { outcome, payload } = verdict?.entry ?? { outcome: null, payload: {} };
  return outcome === judgement.verdict && (payload['cause'] ?? null) === judgement.cause;
}

function describeTicks(said: number, others: readonly OtherWord[]): string[] {
  if (others.length === 0) return [`what was said at each of ${said} tick(s) while it ran: the same`];
  return others.map(({ tick, recorded, replayed }) =>
    replayed === null
      ? `tick ${tick}: ${recorded} on the record, and its sample is not stored any more`
      : `tick ${tick}: ${recorded} on the record, ${replayed} NOW`,
  );
}

function print(io: CliIo, { tick, judgement }: Replay, lines: readonly string[]): void {
  const { cause, why, numbers, verdict } = judgement;
  io.out(`${verdict}${cause === null ? '' : ` (${cause})`} at tick ${tick}: ${printable(why)}\n`);
  for (const line of lines) io.out(`${printable(line)}\n`);
  for (const [name, value] of Object.entries(numbers)) io.out(`  ${name}  ${value ?? '-'}\n`);
}
