import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessWatch {
  /** What was seen that may not be, each once. */
  readonly violations: ReadonlySet<string>;
  /** Command lines and environments of everything that ran, for proof that the right processes were looked at. */
  saw(part: string): boolean;
  stop(): void;
}

const LOOK_EVERY_MS = 25;

/**
 * Looks at the command line and the environment of every process of this machine, again and again. `allowed` says which
 * secrets a process may hold in its environment, by its command line; a command line may hold none.
 */
export function watchProcesses(
  find: (bytes: Buffer) => string[],
  allowed: (command: string) => readonly string[],
): ProcessWatch {
  const violations = new Set<string>();
  const seen = new Set<string>();

  function look(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      // In this order: a child between fork and exec shows both of its parent's, and one that execs between the two reads
      // is taken for its parent, never its parent's environment for its own.
      const commandLine = readPart(pid, 'cmdline');
      const environment = readPart(pid, 'environ');
      const command = commandLine.toString().replaceAll('\0', ' ').trim();
      seen.add(command);
      seen.add(environment.toString());
      for (const name of find(commandLine)) violations.add(`${name} in the command line of ${command.slice(0, 100)}`);
      const extra = find(environment).filter((name) => !allowed(command).includes(name));
      for (const name of extra) violations.add(`${name} in the environment of ${command.slice(0, 100)}`);
    }
  }

  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    violations,
    saw: (part) => [...seen].some((text) => text.includes(part)),
    stop: () => clearInterval(timer),
  };
}

/** Empty when the process has ended or belongs to somebody else. */
function readPart(pid: string, part: 'environ' | 'cmdline'): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${part}`);
  } catch {
    return Buffer.alloc(0);
  }
}
