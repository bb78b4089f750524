import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { formatPolicy, reasonsOf } from './format-policy.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';

export function registerPolicyExplain(parent: Command, io: CliIo): void {
  const command = parent
    .command('explain')
    .argument('<run>', 'the run', parseRunId)
    .summary('show how the policy decided about a run')
    .description(
      'Shows what the record says of how the policy decided about a run: whether a person is asked and why, each reason with what it means, what became of it, then threshold and risk score as sums, each floor below the score, every rule with its result, tier, classes and history.',
    );
  addClientOptions(command).action(async (id: RunId, options: ClientOptions) => {
    const detail = await openClient(options, io).readRun(id, io.interrupted());
    if (detail.policy === null)
      throw new CommandFailure('the policy has not decided about this run', {
        exitCode: EXIT.error,
        fix: 'it does when the review is over: slipway watch <run>',
      });
    const { run, policy, score } = detail;
    if (options.json === true) {
      const { route, risk_score, outcome } = run;
      return printJson(io, { run: run.id, route, risk_score, score, reasons: reasonsOf(detail), policy, outcome });
    }
    io.out(formatPolicy(detail, policy));
  });
}
