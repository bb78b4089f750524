import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Flow, flowConfig } from './fleet-flow.ts';
import type { FleetGround } from './fleet-ground.ts';
import { runSlipway } from './run-slipway.ts';

/** What `slipway canary judge --run` says of a run of this flow. */
export function judgeAgain(flow: Flow, { directory, databaseUrl }: FleetGround, id: string) {
  const file = join(directory, `judge-${id}.yaml`);
  writeFileSync(file, stringify(flowConfig(flow.service, flow.repo.origin)));
  return runSlipway(['canary', 'judge', '--run', id, '--config', file], { DATABASE_URL: databaseUrl });
}
