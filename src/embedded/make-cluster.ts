import { execFile } from 'node:child_process';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHILD_ENVIRONMENT } from './start-child-server.ts';
import type { Command } from './wrap-command.ts';

const run = promisify(execFile);

/** The major version of the cluster in `directory`; undefined when there is none. */
export async function readClusterVersion(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

/**
 * Makes a new database cluster at `directory`. It is made beside it and moved there when complete, so a start that
 * was killed half way leaves nothing that looks like data. Text sorts by bytes (locale C) on every machine alike.
 */
export async function makeCluster(options: {
  directory: string;
  password: string;
  wrap: (command: readonly string[]) => Command;
  initdb: string;
}): Promise<void> {
  const { directory, password, wrap, initdb } = options;
  const unfinished = `${directory}.new`;
  const passwordFile = `${directory}.pw`;
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    const { command, args } = wrap([
      initdb,
      `--pgdata=${unfinished}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ]);
    await run(command, args, { env: CHILD_ENVIRONMENT, cwd: '/' });
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`initdb failed:\n${said}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, directory);
}
