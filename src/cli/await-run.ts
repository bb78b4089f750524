import type { RunJson } from '../http/api/schemas.ts';
import type { ApiClient } from './api-client.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT, exitCodeOf, type Until } from './exit-code-of.ts';
import { followRun } from './follow-run.ts';
import { makeProgressView } from './show-progress.ts';

export interface AwaitOptions {
  readonly until: Until;
  readonly throughHuman: boolean;
  readonly timeoutMs: number;
  readonly io: CliIo;
  /** Where steps are written; without it stderr. */
  readonly write?: (line: string) => void;
}

/** Waits for a run and shows its steps; ends with the exit code that its state, the timeout or an interrupt stands for. */
export async function awaitRun(
  client: ApiClient,
  started: RunJson,
  options: AwaitOptions,
): Promise<{ run: RunJson; exitCode: number }> {
  const { io } = options;
  const interrupted = io.interrupted();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const view = makeProgressView(io, options.write ?? io.err);
  let run = started;
  try {
    const { result } = await followRun(client, started.id, {
      decide: (state) => exitCodeOf(state, options.until, options.throughHuman),
      onProgress: view.step,
      onState: (state) => {
        run = state.run;
        view.state(state);
      },
      onTrouble: view.trouble,
      signal: AbortSignal.any([interrupted, timeout]),
    });
    return { run, exitCode: result };
  } catch (error) {
    if (interrupted.aborted) return { run, exitCode: EXIT.interrupted };
    if (timeout.aborted) return { run, exitCode: EXIT.timeout };
    throw error;
  } finally {
    view.end();
  }
}
