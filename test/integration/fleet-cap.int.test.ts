import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { eventually } from '../support/eventually.ts';
import { callsLeft, queueCalls } from '../support/fleet-calls.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';

const CAP = 4;
const CALLS = 80;

let ground: FleetGround;
let model: ModelServer;
const workers: FleetProcess[] = [];
beforeAll(async () => {
  [ground, model] = await Promise.all([makeFleetGround(), startModelServer({ port: 0, latencyMs: 40 })]);
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await model.close();
  await ground.close();
});

it('max_concurrent_agents is the cap of the whole fleet: three processes never have more requests at the model', async () => {
  const runId = await queueCalls(ground, CALLS);
  const file = join(ground.directory, 'cap.yaml');
  await writeFile(file, stringify({ orchestration: { max_concurrent_agents: CAP } }));
  const env = {
    REDIS_URL: ground.redisUrl,
    DATABASE_URL: ground.databaseUrl,
    SLIPWAY_DATA_DIR: ground.directory,
    ANTHROPIC_API_KEY: 'any',
    ANTHROPIC_BASE_URL: model.url,
  };
  // The work is there before the workers are: the cap has to hold from the first call on, in a Redis that never had one.
  const args = ['--config', file, '--stages', 'agents', '--concurrency', '10'];
  workers.push(...(await Promise.all([1, 2, 3].map(() => startProcess('worker', args, env)))));
  await eventually('every call is answered', async () => (await callsLeft(ground, runId)) === 0, 50_000);
  expect(model.stats()).toMatchObject({ requests: CALLS, peakInFlight: CAP });
  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0, 0]);
});
