import type { Command } from 'commander';
import type { RunDetail } from '../http/api/schemas.ts';
import { Digest, type RunId, Sha } from '../ids.ts';
import type { DecisionRequest } from '../runs/run-desk.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { describeRun } from './format-run.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';

interface DecideOptions extends ClientOptions {
  readonly reason: string;
  readonly head?: string;
}

/** `approve`, `reject` and `extend` differ in one word. The decision names the head of the run, so it can hold for no other. */
export function registerDecision(
  parent: Command,
  io: CliIo,
  decision: DecisionRequest['decision'],
  summary: string,
): void {
  const command = parent
    .command(decision)
    .argument('<run>', 'the run that waits', parseRunId)
    .summary(summary)
    .description(`Records your decision: ${summary}. Your token must act for a person.`)
    .requiredOption('--reason <text>', 'why; kept on the record')
    .option('--head <sha>', 'the head you looked at; refused when the run is of another');
  addClientOptions(command).action(async (run: RunId, options: DecideOptions) => decide(run, decision, options, io));
}

/** What was looked at just now, so that the decision holds for nothing else. */
function bindingOf(escalations: RunDetail['escalations']): Pick<DecisionRequest, 'base_sha' | 'effective_policy'> {
  const binding = escalations.find(({ decided_at }) => decided_at === null)?.rules?.binding;
  if (binding === undefined) return {};
  const effective_policy = Digest.parse(binding.effective_policy);
  return binding.base_sha === null ? { effective_policy } : { effective_policy, base_sha: Sha.parse(binding.base_sha) };
}

async function decide(
  id: RunId,
  decision: DecisionRequest['decision'],
  options: DecideOptions,
  io: CliIo,
): Promise<void> {
  const client = openClient(options, io);
  const { run, escalations } = await client.readRun(id, io.interrupted());
  if (options.head !== undefined && options.head !== run.head_sha) {
    const problem = Sha.safeParse(options.head).success ? `the run is of ${run.head_sha}` : 'must be a full commit sha';
    throw new CommandFailure('nothing was decided', { exitCode: EXIT.usage, details: [{ field: '--head', problem }] });
  }
  const answer = await client.decide(
    id,
    {
      decision,
      reason: options.reason,
      head_sha: Sha.parse(run.head_sha),
      ...bindingOf(escalations),
    },
    io.interrupted(),
  );
  if (options.json === true) return printJson(io, answer);
  const missing = answer.needed - answer.approvals;
  const state =
    answer.decision === null
      ? `recorded; ${missing} more approval${missing === 1 ? '' : 's'} needed`
      : `decided: ${answer.decision}`;
  io.out(`${state}  ${describeRun(run)}\n`);
}
