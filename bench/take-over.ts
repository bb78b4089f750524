/**
 * How long a step waits after its replica was killed with SIGKILL until another has taken it, and how soon a replica that
 * joins takes work. Run with `npm run bench:take-over`; it starts a fleet of its own and needs a build.
 */
import { parseArgs } from 'node:util';
import type { Job } from 'bullmq';
import { QUEUE_NAMES } from '../src/queues/registry.ts';
import { SERVICE_NAMES } from '../test/chaos/chaos-config.ts';
import { startChaosFleet } from '../test/chaos/chaos-fleet.ts';
import { makeOutsideWorld } from '../test/chaos/outside-world.ts';
import { type ChangePlan, REPLICAS, SERVICES } from '../test/chaos/schedule.ts';
import { eventually } from '../test/support/eventually.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
/** Longer than any take-over: the killed replica does not take its own step back. */
const AWAY_MS = 20_000;
const PATIENCE_MS = 120_000;

const changes: ChangePlan[] = Array.from({ length: rounds * 16 }, (_, index) => ({
  n: index + 1,
  service: index % SERVICES,
  kind: 'plain',
  decision: 'approve',
  onCanary: 'approve',
  meanwhile: { kind: 'nothing', afterMs: 0 },
}));
// A model that stalls often: its calls are steps that last. Any other trouble would hold them back for reasons of its own.
const fleet = await startChaosFleet(1, changes, { model: 0.4, target: 0, only: 'stalled' });
const world = makeOutsideWorld(fleet);
const { byName } = fleet.core.queues;

async function enqueue(count: number): Promise<void> {
  await Promise.all(
    changes.splice(0, count).map((change) => {
      const name = SERVICE_NAMES[change.service] ?? '';
      const head_sha = fleet.repositories.get(name)?.headOf(change, 'head') ?? '';
      return world.enqueue({ repo: `acme/${name}`, pr_number: change.n, head_sha });
    }),
  );
}

const STATES = ['active', 'waiting', 'prioritized', 'delayed', 'waiting-children', 'completed'] as const;

/** Jobs that a replica took last. BullMQ notes that on each, and the name of a replica holds its pid. */
async function takenBy(pid: number, states: readonly (typeof STATES)[number][]): Promise<Job[]> {
  const jobs = await Promise.all(QUEUE_NAMES.map((name) => byName[name].getJobs([...states])));
  return jobs.flat().filter((job) => isHeldBy(job, pid));
}

const heldBy = (pid: number) => takenBy(pid, ['active']);

function isHeldBy(job: Job | undefined, pid: number): boolean {
  return job?.processedBy?.includes(`-${pid}-`) === true;
}

async function takeOver(index: number): Promise<number[]> {
  const replica = fleet.processes[index];
  if (replica === undefined) throw new Error(`there is no replica ${index}`);
  const pid = replica.pid();
  await eventually('the replica holds a step', async () => (await heldBy(pid)).length > 0, PATIENCE_MS);
  await replica.kill(AWAY_MS);
  const at = performance.now();
  return Promise.all(
    (await heldBy(pid)).map(async ({ id = '', queueName }) => {
      const queue = byName[queueName as keyof typeof byName];
      await eventually(`${id} is taken`, async () => !isHeldBy(await queue.getJob(id), pid), PATIENCE_MS);
      return performance.now() - at;
    }),
  );
}

/** All replicas are gone and work waits; the first that comes back is the one that joins. */
async function join(): Promise<{ fromStartMs: number; fromEntryMs: number }> {
  const [first, ...others] = fleet.processes.slice(0, REPLICAS);
  if (first === undefined) throw new Error('there is no replica');
  const before = first.pid();
  await Promise.all([first.kill(500), ...others.map((other) => other.kill(AWAY_MS))]);
  await enqueue(4);
  await eventually('it starts', () => first.pid() !== before, PATIENCE_MS);
  const startedAt = performance.now();
  const pid = first.pid();
  await eventually('it is in the registry', () => isRegistered(pid), PATIENCE_MS);
  const enteredAt = performance.now();
  await eventually('it takes work', async () => (await takenBy(pid, STATES)).length > 0, PATIENCE_MS);
  const now = performance.now();
  return { fromStartMs: now - startedAt, fromEntryMs: now - enteredAt };
}

async function isRegistered(pid: number): Promise<boolean> {
  const rows = await fleet.core.db.selectFrom('slipway.replicas').select('id').where('pid', '=', pid).execute();
  return rows.length > 0;
}

const seconds = (ms: readonly number[]) => {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => ((sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN) / 1_000).toFixed(2);
  return `median ${at(0.5)} s, longest ${at(1)} s, of ${sorted.length}`;
};

try {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const replica of fleet.processes.slice(0, REPLICAS))
      await eventually(`${replica.name} is there`, () => isRegistered(replica.pid()), PATIENCE_MS);
    await enqueue(8);
    taken.push(...(await takeOver(round % REPLICAS)));
  }
  const joined = [];
  for (let round = 0; round < rounds; round++) joined.push(await join());
  console.log(`kill -9 to the take-over of a step: ${seconds(taken)}`);
  console.log(`a replica that joins, registry to its first step: ${seconds(joined.map((one) => one.fromEntryMs))}`);
  console.log(`the same from the start of its process: ${seconds(joined.map((one) => one.fromStartMs))}`);
} finally {
  await fleet.close();
}
