import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { AGENT_CAP } from '../../src/fleet/control.ts';
import { makeFleetDesk } from '../../src/fleet/make-fleet-desk.ts';
import { eventually } from '../support/eventually.ts';
import { callsLeft, queueCalls } from '../support/fleet-calls.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';

const CAP = 4;
const CALLS = 40;
const OPERATOR = { tokenId: 't', name: 'ada', person: 'ada', scopes: ['admin'] };

let ground: FleetGround;
let model: ModelServer;
const workers: FleetProcess[] = [];
beforeAll(async () => {
  [ground, model] = await Promise.all([makeFleetGround(), startModelServer({ port: 0, latencyMs: 250 })]);
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await model.close();
  await ground.close();
});

it('max_concurrent_agents is the cap of the whole fleet: three processes never have more requests at the model', async () => {
  const desk = makeFleetDesk({ ...ground, config: await ground.config({}) });
  // An operator was here before: what the configuration of a replica says is no longer asked.
  await desk.set(AGENT_CAP, CAP, { caller: OPERATOR, reason: 'a small account' });
  const runId = await queueCalls(ground, CALLS);
  const file = join(ground.directory, 'cap.yaml');
  await writeFile(file, stringify({ orchestration: { max_concurrent_agents: 30 } }));
  const env = {
    REDIS_URL: ground.redisUrl,
    DATABASE_URL: ground.databaseUrl,
    SLIPWAY_DATA_DIR: ground.directory,
    ANTHROPIC_API_KEY: 'any',
    ANTHROPIC_BASE_URL: model.url,
  };
  // The work is there before the workers are, and Redis never had a cap: it has to hold from the first call on.
  await ground.queues.byName.agents.removeGlobalConcurrency();
  const args = ['--config', file, '--stages', 'agents', '--concurrency', '10'];
  workers.push(...(await Promise.all([1, 2, 3].map(() => startProcess('worker', args, env)))));
  await eventually('every call is answered', async () => (await callsLeft(ground, runId)) === 0, 100_000);
  expect(model.stats().requests).toBe(CALLS);
  expect(model.stats().peakInFlight, 'no more, and more than one').toBeLessThanOrEqual(CAP);
  expect(model.stats().peakInFlight).toBeGreaterThan(1);
  const { replicas } = await desk.view();
  expect(replicas.map(({ state, stages }) => `${state} ${stages.join()}`)).toEqual(Array(3).fill('live agents'));
  expect(new Set(replicas.map(({ pid }) => pid))).toEqual(new Set(workers.map(({ pid }) => pid)));

  // Raised while the fleet works: at once, on every replica.
  const more = await queueCalls(ground, CALLS);
  await desk.set(AGENT_CAP, CAP + 3, { caller: OPERATOR, reason: 'a larger account' });
  await eventually('every call is answered', async () => (await callsLeft(ground, more)) === 0, 100_000);
  const { requests, peakInFlight } = model.stats();
  expect(requests).toBe(2 * CALLS);
  expect(peakInFlight).toBeGreaterThan(CAP);
  expect(peakInFlight).toBeLessThanOrEqual(CAP + 3);

  // Redis forgets everything, the cap too, and work comes in before anybody can set it again.
  await desk.set(AGENT_CAP, CAP, { caller: OPERATOR, reason: 'back to the small account' });
  const before = model.stats().requests;
  await ground.queues.redis.flushall();
  const last = await queueCalls(ground, CALLS, undefined);
  await eventually('every call is answered', async () => (await callsLeft(ground, last)) === 0, 100_000);
  expect(model.stats().requests - before).toBe(CALLS);
  expect(
    model.stats().peakInFlight,
    'three replicas took ten each, and PostgreSQL had the last word',
  ).toBeLessThanOrEqual(CAP + 3);

  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0, 0]);
  expect((await desk.view()).replicas, 'they said goodbye').toEqual([]);
}, 400_000);
