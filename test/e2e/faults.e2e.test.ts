import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICE_NAMES } from '../chaos/chaos-config.ts';
import { type ChaosFleet, startChaosFleet } from '../chaos/chaos-fleet.ts';
import { collectEvidence } from '../chaos/evidence.ts';
import { findViolations } from '../chaos/invariants.ts';
import { makeOutsideWorld, type OutsideWorld } from '../chaos/outside-world.ts';
import { type ChangePlan, REPLICAS, SERVICES } from '../chaos/schedule.ts';
import { eventually } from '../support/eventually.ts';
import { readProcessesOf } from '../support/left-behind.ts';

/** The rows of the fault matrix (docs/faults.md) that need a fleet of processes; the rest have tests of their own rooms. */
const CHANGES: readonly ChangePlan[] = Array.from({ length: 40 }, (_, index) => ({
  n: index + 1,
  service: index % SERVICES,
  kind: index >= 32 ? 'gap' : 'plain',
  decision: 'approve',
  onCanary: 'approve',
  meanwhile: { kind: 'nothing', afterMs: 0 },
}));
const PATIENCE_MS = 240_000;

let fleet: ChaosFleet;
let world: OutsideWorld;
const plain = CHANGES.filter(({ kind }) => kind === 'plain');
const gaps = CHANGES.filter(({ kind }) => kind === 'gap');
beforeAll(async () => {
  fleet = await startChaosFleet(1, CHANGES, { model: 0, target: 0 });
  fleet.model.behave();
  world = makeOutsideWorld(fleet);
});
afterAll(() => fleet?.close());

async function enqueue(from: ChangePlan[] = plain): Promise<string> {
  const change = from.shift();
  if (change === undefined) throw new Error('no change is left');
  const name = SERVICE_NAMES[change.service] ?? '';
  const head = fleet.repositories.get(name)?.headOf(change, 'head') ?? '';
  return world.enqueue({ repo: `acme/${name}`, pr_number: change.n, head_sha: head });
}

/** Every store may be away while it is asked. */
async function runOf(id: string) {
  return fleet.core.db
    .selectFrom('slipway.runs')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
    .catch(() => undefined);
}

async function outcomeOf(id: string): Promise<string> {
  return eventually(`the end of ${id}`, async () => (await runOf(id))?.outcome, PATIENCE_MS);
}

async function recorded(id: string, event: string): Promise<void> {
  await eventually(
    `${event} of ${id}`,
    async () => {
      const entries = await fleet.core.db
        .selectFrom('audit.entry')
        .select('seq')
        .where('trace_id', '=', id)
        .where('event', '=', event)
        .execute()
        .catch(() => []);
      return entries.length > 0;
    },
    PATIENCE_MS,
  );
}

const doneBy = (id: string, verb: string) =>
  collectEvidence(fleet, world.acknowledged).then(
    ({ ledger }) =>
      ledger.filter((line) => line.effect.startsWith(id) && line.verb === verb && line.result === 'done').length,
  );

const replicas = () => fleet.processes.slice(0, REPLICAS);
const ended = () => replicas().flatMap(({ ends }) => ends).length;

describe('a replica that dies between two lines', () => {
  it.each([
    ['row 1', 'canary_deploy:before-intent'],
    ['row 2', 'canary_deploy:after-intent'],
    ['row 3', 'promotion:after-act'],
    ['row 4', 'agent:after-row'],
    ['row 4', 'agent:after-reply'],
    ['row 4', 'agent:after-store'],
    ['row 6', 'staging_deploy:after-act'],
    ['row 7', 'canary:after-tick-row'],
  ])('%s: killed at %s, another one takes over, and the change is deployed once', async (_row, order) => {
    await Promise.all(replicas().map((replica) => replica.arm(order)));
    const before = ended();
    const id = await enqueue();
    expect(await outcomeOf(id)).toBe('deployed');
    expect(ended()).toBeGreaterThan(before);
    expect(await doneBy(id, 'promote')).toBe(1);
  });

  it('row 5: killed while a test runs in the sandbox: the test ends with it and runs again elsewhere', async () => {
    const id = await enqueue(gaps);
    await recorded(id, 'sandbox_run.intended');
    await Promise.all(replicas().map((replica) => replica.kill(0)));
    expect(await outcomeOf(id)).toBe('deployed');
    expect(readProcessesOf('--test-reporter=tap')).toEqual([]);
  });

  it('row 8: stopped before an act and woken when the step is another’s: it does not act', async () => {
    await Promise.all(replicas().map((replica) => replica.arm('canary_weight:before-act=stop')));
    const id = await enqueue();
    expect(await outcomeOf(id)).toBe('deployed');
    expect(await doneBy(id, 'promote')).toBe(1);
  });
});

describe('Redis', () => {
  it('row 11: killed in the middle of a canary and started again', async () => {
    const id = await enqueue();
    await recorded(id, 'canary_started');
    await fleet.redis.kill();
    await fleet.redis.start();
    expect(await outcomeOf(id)).toBe('deployed');
  });

  it('row 12: comes back with the end of its file cut off: what it lost is made anew', async () => {
    const id = await enqueue();
    await recorded(id, 'change_resolved');
    await fleet.redis.kill();
    const directory = join(fleet.directory, 'redis', 'appendonlydir');
    const [increments = ''] = (await readdir(directory))
      .filter((name) => name.includes('.incr.'))
      .toSorted()
      .reverse();
    const { size } = await stat(join(directory, increments));
    await truncate(join(directory, increments), Math.floor(size * 0.6) + 1);
    await fleet.redis.start();
    expect(await outcomeOf(id)).toBe('deployed');
  });

  it('row 14: loses everything: the reconciler makes the flow anew, and nothing is done twice', async () => {
    const id = await enqueue();
    await recorded(id, 'canary_deploy.completed');
    await fleet.core.queues.redis.flushall();
    expect(await outcomeOf(id)).toBe('deployed');
    expect(await doneBy(id, 'deploy')).toBe(2);
  });
});

describe('PostgreSQL', () => {
  it('row 15: killed and away for a moment: nothing acts meanwhile, and then the change goes on', async () => {
    const id = await enqueue();
    await recorded(id, 'staging_deploy.completed');
    await fleet.postgres.kill();
    await fleet.postgres.start();
    expect(await outcomeOf(id)).toBe('deployed');
  });

  it('row 16: hangs for longer than a statement may take', async () => {
    const id = await enqueue();
    await recorded(id, 'review_evaluation');
    await fleet.postgres.freeze();
    try {
      // The store stays silent until a replica has noticed: what it answers then comes too late.
      await eventually('a replica is not ready', async () => {
        const answers = await Promise.all(
          fleet.replicaUrls.map((url) =>
            fetch(`${url}/readyz`).then(
              ({ status }) => status,
              () => 0,
            ),
          ),
        );
        return answers.includes(503);
      });
    } finally {
      await fleet.postgres.thaw();
    }
    expect(await outcomeOf(id)).toBe('deployed');
  });

  it('rows 11 and 15: both stores are killed at once', async () => {
    const id = await enqueue();
    await recorded(id, 'canary_started');
    await Promise.all([fleet.redis.kill(), fleet.postgres.kill()]);
    await Promise.all([fleet.redis.start(), fleet.postgres.start()]);
    expect(await outcomeOf(id)).toBe('deployed');
  });
});

it('after all of that I1–I6 hold', async () => {
  await eventually(
    'no job is left',
    async () => (await collectEvidence(fleet, world.acknowledged)).left.length === 0,
    60_000,
  );
  expect(findViolations(await collectEvidence(fleet, world.acknowledged))).toEqual([]);
});
