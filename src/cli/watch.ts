import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT, exitCodeOfOutcome } from './exit-code-of.ts';
import { followRun } from './follow-run.ts';
import { describeRun } from './format-run.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { makeProgressView } from './show-progress.ts';

export function registerWatch(parent: Command, io: CliIo): void {
  const command = parent
    .command('watch')
    .argument('<run>', 'the run', parseRunId)
    .summary('follow a run to its outcome')
    .description(
      'Shows every step of a run, those it has taken and those it takes, to its outcome. Exits as `enqueue --wait`.',
    );
  addClientOptions(command).action(async (run: RunId, options: ClientOptions) => runWatch(run, options, io));
}

async function runWatch(id: RunId, options: ClientOptions, io: CliIo): Promise<void> {
  const client = openClient(options, io);
  const interrupted = io.interrupted();
  const view = makeProgressView(io, io.out);
  const json = options.json === true;
  try {
    const { state } = await followRun(client, id, {
      decide: ({ run }) => run.outcome ?? undefined,
      // A stream is read line by line, so it is one document a line.
      onProgress: (step) => (json ? io.out(`${JSON.stringify(step)}\n`) : view.step(step)),
      ...(json ? {} : { onState: view.state }),
      onTrouble: view.trouble,
      signal: interrupted,
    });
    view.end();
    io.setExitCode(exitCodeOfOutcome(state.run.outcome ?? ''));
    if (!json) io.out(`${describeRun(state.run)}\n`);
  } catch (error) {
    if (!interrupted.aborted) throw error;
    io.setExitCode(EXIT.interrupted);
  } finally {
    view.end();
  }
}
