import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a program of this machine by its path, with an empty environment: the worker's own holds keys that no tool needs. */
export async function runTool(
  program: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run(program, args, { env: {} });
}
