import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface StartedProgram {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** A program in the foreground, ended by its pid. What it said is in the error when it ends by itself. */
export function startProgram(command: readonly string[]): StartedProgram {
  const [file = '', ...args] = command;
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const gone = once(child, 'exit');
  if (child.pid === undefined) throw new Error(`${file} cannot be started`);
  return {
    pid: child.pid,
    signal: (signal) => void child.kill(signal),
    async end(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // A stopped process does not see SIGTERM.
      child.kill('SIGCONT');
      child.kill(signal);
      await gone;
    },
  };
}
