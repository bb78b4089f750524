import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/package-root.ts';

/** One command as it ships, with nothing of this process's environment but the path. `said` is both outputs. */
export async function runSlipway(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | undefined; said: string }> {
  const { exitCode, all } = await execa(process.execPath, [join(packageRoot, 'bin/slipway.js'), ...args], {
    cwd: packageRoot,
    env: { PATH: process.env['PATH'], ...env },
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { code: exitCode, said: all };
}
