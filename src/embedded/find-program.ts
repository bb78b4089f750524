import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where servers are installed but a user's PATH often does not look. */
const MORE_DIRECTORIES = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/homebrew/bin';

const SCRIPT = `PATH="$PATH:${MORE_DIRECTORIES}"; for name; do command -v "$name" && exit 0; done; exit 1`;

/** The absolute path of the first of these programs that this machine has; undefined when it has none. */
export async function findProgram(names: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run('/bin/sh', ['-c', SCRIPT, 'sh', ...names]);
    const path = stdout.trim();
    return path.startsWith('/') ? path : undefined;
  } catch {
    return undefined;
  }
}
