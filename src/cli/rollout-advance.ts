import type { Command } from 'commander';
import { assertNever, InputError } from '../errors.ts';
import { type RecordedStep, recordRolloutStep } from '../runs/rollout-state.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { printJson } from './print-json.ts';
import { describeReport, readRolloutReport } from './rollout-status.ts';
import { type ConfigOption, withCore } from './with-stores.ts';

interface AdvanceOptions extends ConfigOption {
  readonly person: string;
  readonly reason: string;
  readonly json?: boolean;
}

export function registerRolloutAdvance(parent: Command, io: CliIo): void {
  parent
    .command('advance')
    .summary('automate a larger share of low-risk changes')
    .description(
      'Takes the next step of the rollout. Refused, with exit 1, unless enough runs were reviewed, the escalation rate is below rollout.max_escalation_rate, and the whole record verifies. The step and what it rests on are recorded.',
    )
    .requiredOption('--person <person>', 'who decides it: a key of people: in slipway.yaml')
    .requiredOption('--reason <text>', 'why; kept on the record')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action((options: AdvanceOptions) =>
      withCore(options, async (core, config) => {
        assertPerson(config.people, options.person);
        const report = await readRolloutReport(core.db, config, io, new Date());
        const { gate, state, figures, sample, audit } = report;
        switch (gate.kind) {
          case 'complete':
            throw new CommandFailure('the rollout is complete', { exitCode: EXIT.error });
          case 'refused':
            io.err(describeReport(report, config));
            throw new CommandFailure(`the rollout stays at ${state.automated_pct} %`, {
              exitCode: EXIT.error,
              details: gate.why.map((problem) => ({ field: 'rollout', problem })),
            });
          case 'may': {
            const from = state.automated_pct;
            const by = { kind: 'human', id: options.person } as const;
            const step = { from, to: gate.next, by, reason: options.reason };
            const stored = await recordRolloutStep({ ...core, config }, state, {
              ...step,
              evidence: { figures, sample, audit },
            });
            if (options.json === true) return printJson(io, stored);
            return io.out(describeStep(stored));
          }
          default:
            return assertNever(gate);
        }
      }),
    );
}

/** @throws {InputError} for somebody the configuration does not know. */
export function assertPerson(people: Readonly<Record<string, unknown>>, person: string): void {
  if (Object.hasOwn(people, person)) return;
  const fix = 'name somebody who is';
  throw new InputError([{ field: '--person', problem: `${person} is not under people: in slipway.yaml`, fix }]);
}

export function describeStep({ from_pct, automated_pct, seq }: RecordedStep): string {
  return `${from_pct} % → ${automated_pct} % of low-risk changes, entry ${seq}\n`;
}
