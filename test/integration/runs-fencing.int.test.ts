import { afterAll, beforeAll, expect, test } from 'vitest';
import { LeaseLost } from '../../src/errors.ts';
import { type Hold, makeHold } from '../../src/runs/hold.ts';
import { DONE, Done, performEffect } from '../../src/runs/perform-effect.ts';
import { readRun } from '../../src/runs/read-run.ts';
import { openRecord } from '../../src/runs/record.ts';
import { acquireLease, releaseLease } from '../../src/store/leases.ts';
import { makeStepOwner } from '../../src/workers/step-owner.ts';
import { insertRun, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

/** Two replicas at one target, and the exact moments at which the first of them is overtaken. */

let database: TestDatabase;
let log: ReturnType<typeof openLog>;
beforeAll(async () => {
  database = await makeDatabase();
  log = openLog(database.appUrl, { limitsMs: PATIENT });
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

let leases = 0;

/** A run that holds a lease, its replica with a clock of its own, and what its effects did. */
async function makeReplica() {
  const facts = makeRunFacts();
  await insertRun(log.db, facts);
  const run = await readRun(log.db, facts.id);
  if (run === null) throw new Error('the run is not there');
  const name = `canary:fencing-${++leases}`;
  const lease = await acquireLease(log.db, name, facts.id);
  if (!lease.held) throw new Error('the lease is taken');
  const record = openRecord(log.audit, run);
  let now = 1_000;
  let owned = true;
  const acts: string[] = [];
  const hold: Hold = makeHold({
    db: log.db,
    runId: run.id,
    lease: { name, token: lease.token },
    confirmOwner: makeStepOwner({
      lockMs: 10_000,
      lockAgeMs: 0,
      extend: async () => owned,
      signal: new AbortController().signal,
      clock: () => now,
    }).confirm,
    clock: () => now,
  });
  return {
    name,
    run: facts,
    acts,
    /** SIGSTOP and SIGCONT, as the process itself sees them: the clock jumps, nothing else has run. */
    stopFor: (ms: number) => void (now += ms),
    loseStep: () => void (owned = false),
    /** The run is ended by others, and the next one gets the lease. */
    async overtake() {
      await releaseLease(log.db, name, facts.id);
      const next = makeRunFacts();
      await insertRun(log.db, next);
      expect(await acquireLease(log.db, name, next.id)).toEqual({ held: true, token: '2' });
    },
    deploy: (look: () => void | Promise<void> = () => {}) =>
      performEffect(
        record,
        {
          stage: 'canary',
          step: 'deploy',
          name: 'canary_deploy',
          n: 0,
          rationale: 'deploy',
          payload: { version: 'v2' },
          Result: Done,
        },
        {
          async look() {
            await look();
            return null;
          },
          async act(receipt) {
            acts.push(receipt.seq);
            return DONE;
          },
        },
        hold,
      ),
    events: async () => (await record.list()).map(({ entry }) => entry.event),
  };
}

test('while the lease and the step are its own, it acts; the intent names the lease, the outcome does not', async () => {
  const replica = await makeReplica();
  await replica.deploy(() => replica.stopFor(5_000));
  expect(replica.acts).toHaveLength(1);
  const entries = await log.audit.list(replica.run.id);
  expect(entries.map(({ entry }) => [entry.event, entry.payload['lease'], entry.payload['fence']])).toEqual([
    ['canary_deploy.intended', replica.name, '1'],
    ['canary_deploy.completed', undefined, undefined],
  ]);
});

test('overtaken before its intent: the append refuses, and nothing is recorded or done', async () => {
  const replica = await makeReplica();
  await replica.overtake();
  await expect(replica.deploy()).rejects.toMatchObject({ code: 'LEASE_LOST' });
  expect(replica.acts).toEqual([]);
  expect(await replica.events()).toEqual([]);
});

test('stopped between intent and act, and overtaken meanwhile: it wakes, looks at the lease once more and does nothing', async () => {
  const replica = await makeReplica();
  await expect(
    replica.deploy(async () => {
      replica.stopFor(7_000);
      await replica.overtake();
    }),
  ).rejects.toThrow('is not held with fence 1 any more');
  expect(replica.acts).toEqual([]);
  // Nothing was tried, so there is no outcome; the intent stays for whoever ends the run.
  expect(await replica.events()).toEqual(['canary_deploy.intended']);
});

test('stopped until its step was given to another replica of the same run, which holds the same lease: it does nothing', async () => {
  const replica = await makeReplica();
  await expect(
    replica.deploy(() => {
      replica.stopFor(15_000);
      replica.loseStep();
    }),
  ).rejects.toThrow('the step may be another replica’s by now');
  expect(replica.acts).toEqual([]);
  expect(await replica.events()).toEqual(['canary_deploy.intended']);
});

test('tried again under the lease it has then, the effect is done once', async () => {
  const replica = await makeReplica();
  await expect(replica.deploy(() => Promise.reject(new LeaseLost('a look that was cut short')))).rejects.toBeInstanceOf(
    LeaseLost,
  );
  await replica.deploy();
  await replica.deploy();
  expect(replica.acts).toHaveLength(1);
  expect(await replica.events()).toEqual(['canary_deploy.intended', 'canary_deploy.completed']);
});
