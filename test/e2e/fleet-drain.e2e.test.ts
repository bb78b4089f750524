import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { sendSignal } from '../../src/embedded/end-orphans.ts';
import { findProcessesIn } from '../../src/embedded/processes.ts';
import { agentCallId } from '../../src/queues/job-ids.ts';
import { eventually } from '../support/eventually.ts';
import { type FaultyModel, startFaultyModel } from '../support/faulty-model.ts';
import { callsLeft, queueCalls } from '../support/fleet-calls.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';
import { untilDraining } from '../support/until-draining.ts';

let ground: FleetGround;
let model: FaultyModel;
const workers: FleetProcess[] = [];
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await ground.close();
});
beforeEach(async () => {
  model = await startFaultyModel();
  return () => model.close();
});

async function startWorker(): Promise<FleetProcess> {
  const worker = await startProcess('worker', ['--stages', 'agents'], {
    REDIS_URL: ground.redisUrl,
    DATABASE_URL: ground.databaseUrl,
    SLIPWAY_DATA_DIR: ground.directory,
    ANTHROPIC_API_KEY: 'any',
    ANTHROPIC_BASE_URL: model.url,
  });
  workers.push(worker);
  return worker;
}

it('SIGTERM with a model call in flight: exit 0, the call costs no attempt, and another replica makes it', async () => {
  model.script({ kind: 'silent' });
  const runId = await queueCalls(ground, 1);
  const first = await startWorker();
  await model.arrived(1);
  expect(await first.stop()).toBe(0);
  const job = await ground.queues.byName.agents.getJob(agentCallId(runId, 'review', 'review', 0));
  expect([await job?.getState(), job?.attemptsMade]).toEqual(['waiting', 0]);
  expect(await callsLeft(ground, runId)).toBe(1);

  model.script({ kind: 'answer', text: '{}' });
  const second = await startWorker();
  await eventually('the call is answered', async () => (await callsLeft(ground, runId)) === 0);
  expect(model.seen).toHaveLength(2);
  expect(await second.stop()).toBe(0);
});

it('SIGTERM while its work cannot be handed back: not ready and still there; a second signal ends it at once', async () => {
  model.script({ kind: 'silent' });
  const runId = await queueCalls(ground, 1);
  const worker = await startWorker();
  await model.arrived(1);
  const redis = await findProcessesIn(join(ground.directory, 'redis'), ['redis-server', 'valkey-server']);
  expect(redis).toHaveLength(1);
  try {
    for (const pid of redis) sendSignal(pid, 'SIGSTOP');
    sendSignal(worker.pid, 'SIGTERM');
    await untilDraining(worker);
    // Null: it was ended by the signal, it did not leave by itself.
    expect(await worker.stop()).toBeNull();
  } finally {
    for (const pid of redis) sendSignal(pid, 'SIGCONT');
  }
  expect(await callsLeft(ground, runId)).toBe(1);
});
