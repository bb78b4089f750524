import { afterAll, beforeAll, expect, it } from 'vitest';
import { digestOf, RunId } from '../../src/ids.ts';
import { makeHold } from '../../src/runs/hold.ts';
import { readRun } from '../../src/runs/read-run.ts';
import { openRecord } from '../../src/runs/record.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { type CanaryGuard, type GuardedCanary, makeCanaryGuard } from '../../src/workers/canary-guard.ts';
import { deployTo, setCanaryWeight } from '../../src/workers/delivery-effects.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type MemoryTarget, makeMemoryTarget } from '../support/memory-target.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let ground: FleetGround;
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(() => ground.close());

interface Stage {
  readonly runId: RunId;
  readonly target: MemoryTarget;
  readonly guard: CanaryGuard;
  readonly wire: TcpProxy;
  readonly canary: GuardedCanary;
  /** The guard's clock: how often it was asked, and whether it stands. */
  readonly time: { asked: number; stands: boolean };
}

/** A canary with 5 % of traffic, and a guard that reaches the store over a wire that can be cut. */
async function withCanary(holdMs: number, use: (stage: Stage) => Promise<void>): Promise<void> {
  const target = await makeMemoryTarget();
  const url = new URL(ground.databaseUrl);
  const wire = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(wire.port);
  const store = openDatabase(url.href, { poolSize: 2, log: ground.log, limitsMs: { connect: 200, query: 400 } });
  const time = { asked: 0, stands: false };
  const clock = () => {
    time.asked++;
    return time.stands ? 0 : performance.now();
  };
  const guard = makeCanaryGuard({ db: store.db, holdMs, log: ground.log, clock });
  try {
    const facts = makeRunFacts();
    await insertRun(ground.db, facts, { artifact: digestOf('new'), stage: 'canary' });
    const run = await readRun(ground.db, facts.id);
    if (run === null) throw new Error('the run is not there');
    const record = openRecord(ground.audit, run);
    const hold = makeHold({ db: ground.db, runId: run.id, lease: null, confirmOwner: () => Promise.resolve() });
    const scope = { target, record, run, hold, signal: new AbortController().signal };
    await deployTo(scope, 'canary', { digest: digestOf('new'), directory: '/nowhere' }, 0);
    const started = await record.append({
      stage: 'canary',
      step: 'start',
      event: 'canary_started',
      rationale: 'healthy',
      outcome: 'started',
      payload: {},
    });
    await setCanaryWeight(scope, 5, 0, 'canary');
    expect(target.world.weight).toBe(5);
    const canary = { run, record, target, fence: '1', started: started.receipt };
    guard.looked(canary);
    await use({ runId: facts.id, target, guard, wire, canary, time });
  } finally {
    await guard.close();
    await store.close();
    await wire.close();
    await target.close();
  }
}

const zeroed = (target: MemoryTarget) => target.effects.filter(({ id }) => id.includes('weight-guard'));
const entriesOf = async (runId: RunId) =>
  (await ground.audit.list(runId)).filter(({ entry }) => entry.step === 'guard');

it('row 15: while PostgreSQL is away a live canary is taken to zero after the hold, and that is recorded afterwards', () =>
  withCanary(300, async ({ runId, target, wire }) => {
    wire.cut();
    await eventually('the canary is out of traffic', () => target.world.weight === 0);
    expect(zeroed(target)).toEqual([{ verb: 'weight', id: `${runId}~canary~weight-guard~0`, subject: '0' }]);
    expect(await entriesOf(runId)).toEqual([]);
    wire.mend();
    const entries = await eventually('it is on the record', async () => {
      const found = await entriesOf(runId);
      return found.length === 2 ? found : null;
    });
    const started = (await ground.audit.list(runId)).find(({ entry }) => entry.event === 'canary_started');
    expect(entries.map(({ entry }) => [entry.event, entry.causation_seq])).toEqual([
      ['canary_weight.intended', started?.receipt.seq],
      ['canary_weight.completed', started?.receipt.seq],
    ]);
  }));

it('holds the canary where it is while the outage is shorter than the hold', () =>
  withCanary(300, async ({ runId, target, wire, time }) => {
    time.stands = true;
    wire.cut();
    const before = time.asked;
    await eventually('it has looked several times', () => time.asked > before + 5);
    expect(target.world.weight).toBe(5);
    expect(zeroed(target)).toEqual([]);
    expect(await entriesOf(runId)).toEqual([]);
  }));

it('asks the target again until it is reached', () =>
  withCanary(300, async ({ target, wire }) => {
    let refused = 0;
    target.before = ({ id }) => {
      if (id.includes('weight-guard') && ++refused < 3) throw new Error('unreachable');
    };
    wire.cut();
    await eventually('the canary is out of traffic', () => target.world.weight === 0);
    expect(refused).toBe(3);
  }));

it('forgets a run that has ended, so that the next one’s canary is not touched', () =>
  withCanary(300, async (ended) => {
    await ground.db
      .updateTable('slipway.runs')
      .set({ status: 'finished', outcome: 'deployed', finished_at: new Date() })
      .where('id', '=', ended.runId)
      .execute();
    await eventually('nothing is watched any more', () => ended.guard.watching() === 0);
    await withCanary(300, async (live) => {
      ended.guard.looked({ ...live.canary, target: live.target });
      ended.wire.cut();
      await eventually('what is live is out of traffic', () => live.target.world.weight === 0);
      expect(ended.target.world.weight).toBe(5);
      expect(zeroed(ended.target)).toEqual([]);
    });
  }));
