import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/package-root.ts';
import { type Flow, flowConfig } from './fleet-flow.ts';
import type { FleetGround } from './fleet-ground.ts';

/** What `slipway canary judge --run` says of a run of this flow. */
export async function judgeAgain(
  flow: Flow,
  { directory, databaseUrl }: FleetGround,
  id: string,
  ...options: string[]
): Promise<{ code: number | undefined; said: string }> {
  const file = join(directory, `judge-${id}.yaml`);
  writeFileSync(file, stringify(flowConfig(flow.service, flow.repo.origin)));
  const args = [join(packageRoot, 'bin/slipway.js'), 'canary', 'judge', '--run', id, '--config', file, ...options];
  const env = { PATH: process.env['PATH'], DATABASE_URL: databaseUrl };
  const { exitCode, all } = await execa(process.execPath, args, {
    cwd: packageRoot,
    env,
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { code: exitCode, said: all };
}
