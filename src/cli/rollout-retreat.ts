import { type Command, InvalidArgumentError } from 'commander';
import { readRollout, recordRolloutStep } from '../runs/rollout-state.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { printJson } from './print-json.ts';
import { assertPerson, describeStep } from './rollout-advance.ts';
import { type ConfigOption, withCore } from './with-stores.ts';

interface RetreatOptions extends ConfigOption {
  readonly to: number;
  readonly person: string;
  readonly reason: string;
  readonly json?: boolean;
}

/** Going back needs no evidence: it only asks more people. */
export function registerRolloutRetreat(parent: Command, io: CliIo): void {
  parent
    .command('retreat')
    .summary('automate a smaller share of low-risk changes, at once')
    .description(
      'Takes the rollout back. Never refused; the step is recorded. --to 0 asks a person about every change.',
    )
    .requiredOption('--to <pct>', 'percent, less than now', parsePercent)
    .requiredOption('--person <person>', 'who decides it: a key of people: in slipway.yaml')
    .requiredOption('--reason <text>', 'why; kept on the record')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action((options: RetreatOptions) =>
      withCore(options, async (core, config) => {
        assertPerson(config.people, options.person);
        const state = await readRollout(core.db, config);
        if (options.to >= state.automated_pct)
          throw new CommandFailure(`the rollout stands at ${state.automated_pct} %`, {
            exitCode: EXIT.usage,
            details: [{ field: '--to', problem: 'must be less: slipway rollout advance goes up' }],
          });
        const { to, person, reason } = options;
        const by = { kind: 'human', id: person } as const;
        const step = { from: state.automated_pct, to, by, reason, evidence: {} };
        const stored = await recordRolloutStep({ ...core, config }, state, step);
        if (options.json === true) return printJson(io, stored);
        io.out(describeStep(stored));
      }),
    );
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (text.trim() !== '' && percent >= 0 && percent < 100) return percent;
  throw new InvalidArgumentError('Must be a percentage from 0 to below 100.');
}
