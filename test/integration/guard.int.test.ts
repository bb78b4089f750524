import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { readGuards } from '../../src/guard/read-guards.ts';
import { setCanaryWeight } from '../../src/workers/delivery-effects.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import {
  type GuardStage,
  type GuardStageOptions,
  type LiveCanary,
  makeLiveCanary,
  startGuardStage,
} from '../support/guard-stage.ts';

/** Longer than any test: only a clock that is moved, or a restart, comes past it. */
const LONG_S = 3_600;
const PAST_MS = LONG_S * 1000 + 1_000;

let ground: FleetGround;
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(() => ground.close());

async function withGuard(
  options: Partial<GuardStageOptions> & { weight?: number },
  use: (canary: LiveCanary, stage: GuardStage) => Promise<void>,
): Promise<void> {
  const canary = await makeLiveCanary(ground, options.weight === undefined ? {} : { weight: options.weight });
  const stage = await startGuardStage(ground, { targets: [canary], holdS: LONG_S, ...options });
  try {
    await use(canary, stage);
  } finally {
    await stage.leave();
    await canary.close();
  }
}

const guardEffects = ({ target }: LiveCanary) => target.effects.filter(({ id }) => id.includes('weight-guard'));
const zeroEntries = async ({ record }: LiveCanary) =>
  (await record.list()).filter(({ entry }) => entry.event === 'guard_zeroed');
const isNoted =
  ({ runId }: LiveCanary) =>
  async () =>
    (await readGuards(ground.db, runId)).some(({ noted }) => noted);
const looksAgain = async ({ time }: GuardStage) => {
  const { looks } = time;
  await eventually('it has looked some times more', () => time.looks > looks + 3);
};
async function finish({ runId }: LiveCanary): Promise<void> {
  await ground.db
    .updateTable('slipway.runs')
    .set({ status: 'finished', outcome: 'deployed', finished_at: new Date() })
    .where('id', '=', runId)
    .execute();
}

it('says that it has a canary once that is in its file, and lets it be while it is watched', () =>
  withGuard({}, async (canary, stage) => {
    await eventually('it is noted', isNoted(canary));
    await looksAgain(stage);
    expect(canary.target.world.weight).toBe(5);
    expect(canary.target.calls.filter(({ id }) => id.includes('weight-guard'))).toEqual([]);
  }));

it('takes out a canary of which nobody takes a tick, with the store there: before the next look of anybody', () =>
  withGuard({ holdS: 0.3 }, async (canary) => {
    await eventually('it is out of traffic', () => canary.target.world.weight === 0);
    const [entry, ...more] = await eventually('it is on the record', async () => {
      const found = await zeroEntries(canary);
      return found.length > 0 ? found : null;
    });
    expect(more).toEqual([]);
    const started = (await canary.record.list()).find(({ entry: e }) => e.event === 'canary_started');
    expect(entry?.entry.causation_seq).toBe(started?.receipt.seq);
    expect(entry?.entry.payload).toMatchObject({ pct: 0, from_pct: 5, cause: 'no_tick' });
    expect(guardEffects(canary)).toEqual([
      { verb: 'weight', id: `${canary.runId}~canary~weight-guard~0`, subject: '0' },
    ]);
  }));

it('a tick is what keeps a canary in traffic', async () => {
  const canary = await makeLiveCanary(ground);
  const stored = (at: string) =>
    sql`insert into slipway.canary_ticks (run_id, n, at, sample, stored_at)
      values (${canary.runId}, 0, now(), '{}', clock_timestamp() + ${at}::interval)
      on conflict (run_id, n) do update set stored_at = excluded.stored_at`.execute(ground.db);
  await stored('1 hour');
  const stage = await startGuardStage(ground, { targets: [canary], holdS: 0.1 });
  await eventually('it is noted', isNoted(canary));
  await eventually('all else about it is older than the hold', async () => {
    const newest = (await canary.record.list()).at(-1)?.recordedAt.getTime() ?? 0;
    return Date.now() - newest > 1_000;
  });
  await looksAgain(stage);
  expect(canary.target.world.weight).toBe(5);
  await stored('-1 hour');
  await eventually('the ticks have ended, and so has the traffic', () => canary.target.world.weight === 0);
  await stage.leave();
  await canary.close();
});

it('with PostgreSQL gone it takes the canary out after the hold and not before, and records it, with its time, when it is back', () =>
  withGuard({}, async (canary, stage) => {
    await eventually('it is noted', isNoted(canary));
    stage.wire.cut();
    await looksAgain(stage);
    expect(stage.guard.doubts()).toEqual(['postgres is out of reach']);
    expect(canary.target.world.weight).toBe(5);
    stage.time.aheadMs = PAST_MS;
    await eventually('it is out of traffic', () => canary.target.world.weight === 0);
    expect(await zeroEntries(canary)).toEqual([]);
    const before = Date.now();
    stage.wire.mend();
    const [entry] = await eventually('it is on the record', async () => {
      const found = await zeroEntries(canary);
      return found.length > 0 ? found : null;
    });
    expect(entry?.entry.payload).toMatchObject({ cause: 'store_silent', from_pct: 5 });
    const { zeroed_at } = z.object({ zeroed_at: z.iso.datetime() }).parse(entry?.entry.payload);
    expect(Date.parse(zeroed_at)).toBeLessThanOrEqual(before);
  }));

it('keeps at zero what it took to zero: a paused worker that raises it again is undone', () =>
  withGuard({ holdS: 0.3 }, async (canary) => {
    await eventually('it is on the record', async () => (await zeroEntries(canary)).length === 1);
    canary.target.world.weight = 25;
    canary.target.before = () => undefined;
    // The memory target does an effect once; what counts is that the guard asks again.
    const asked = () => canary.target.calls.filter(({ id }) => id.includes('weight-guard')).length;
    const before = asked();
    await eventually('it was told zero again', () => asked() > before);
    expect(await zeroEntries(canary)).toHaveLength(1);
  }));

it('asks the target again until it is reached', () =>
  withGuard({ holdS: 0.3 }, async (canary) => {
    let refused = 0;
    canary.target.before = ({ id }) => {
      if (id.includes('weight-guard') && ++refused < 3) throw new Error('unreachable');
    };
    await eventually('it is out of traffic', () => canary.target.world.weight === 0);
    expect(refused).toBe(3);
  }));

it('stops a canary whose weight cannot be set, and says so on the record', () =>
  withGuard({ holdS: 0.3 }, async (canary, stage) => {
    let stopped = '';
    canary.target.stopCanary = (_receipt, { effect }) => {
      stopped = effect.id;
      return Promise.resolve();
    };
    canary.target.before = ({ id }) => {
      if (id.includes('weight-guard')) throw new Error('the balancer is gone');
    };
    const [entry] = await eventually('it is on the record', async () => {
      const found = await zeroEntries(canary);
      return found.length > 0 ? found : null;
    });
    expect(stopped).toBe(`${canary.runId}~canary~stop-guard~0`);
    expect(entry?.entry.outcome).toBe('stopped');
    canary.target.before = () => undefined;
    await looksAgain(stage);
    await eventually('the weight is set when the balancer is back', () => canary.target.world.weight === 0);
    expect(await zeroEntries(canary)).toHaveLength(1);
  }));

it('does nothing to a canary that was never given traffic, and forgets one that is over', () =>
  withGuard({ holdS: 0.3, weight: 0 }, async (canary, stage) => {
    await eventually('it is noted', isNoted(canary));
    stage.wire.cut();
    stage.time.aheadMs = PAST_MS;
    await looksAgain(stage);
    stage.wire.mend();
    await eventually('it sees again', () => stage.guard.doubts().length === 0);
    expect(await zeroEntries(canary)).toEqual([]);
    await finish(canary);
    await looksAgain(stage);
    stage.wire.cut();
    await eventually('the store is gone', () => stage.guard.doubts().length === 1);
    canary.target.world.weight = 5;
    await looksAgain(stage);
    expect(canary.target.world.weight).toBe(5);
  }));

it('forgets a canary that was taken to zero by its own run', () =>
  withGuard({}, async (canary, stage) => {
    await eventually('it is noted', isNoted(canary));
    await setCanaryWeight(canary.scope, 0, 1, 'canary');
    await looksAgain(stage);
    expect(stage.guard.isIdle()).toBe(true);
    stage.wire.cut();
    stage.time.aheadMs = PAST_MS;
    canary.target.world.weight = 5;
    await looksAgain(stage);
    expect(guardEffects(canary)).toEqual([]);
  }));

it('killed with every store gone and started anew, it takes out what its file says, counted from when it was last watched', async () => {
  const canary = await makeLiveCanary(ground);
  const first = await startGuardStage(ground, { targets: [canary], holdS: LONG_S });
  await eventually('it is noted', isNoted(canary));
  first.wire.cut();
  await first.kill();
  // One copy is torn by the power cut: the other one is believed.
  truncateSync(join(first.directory, 'live-canaries.a.json'), 40);

  const soon = await startGuardStage(ground, { targets: [canary], holdS: LONG_S, directory: first.directory });
  soon.wire.cut();
  await looksAgain(soon);
  expect(canary.target.world.weight).toBe(5);
  await soon.kill();

  const late = () => new Date(Date.now() + PAST_MS);
  const second = await startGuardStage(ground, {
    targets: [canary],
    holdS: LONG_S,
    directory: first.directory,
    now: late,
  });
  second.wire.cut();
  await eventually('it is out of traffic', () => canary.target.world.weight === 0);
  await second.kill();

  // The zero itself survives too: a third one owes its entry.
  const third = await startGuardStage(ground, { targets: [canary], holdS: LONG_S, directory: first.directory });
  await eventually('it is on the record', async () => (await zeroEntries(canary)).length === 1);
  await third.leave();
  await canary.close();
});

it('a file that cannot be believed is said to be so, and the store makes it whole', async () => {
  const canary = await makeLiveCanary(ground);
  const first = await startGuardStage(ground, { targets: [canary], holdS: LONG_S });
  await eventually('it is noted', isNoted(canary));
  await first.kill();
  for (const copy of ['a', 'b']) writeFileSync(join(first.directory, `live-canaries.${copy}.json`), 'torn');
  const second = await startGuardStage(ground, { targets: [canary], holdS: LONG_S, directory: first.directory });
  second.wire.cut();
  await looksAgain(second);
  expect(second.guard.doubts()).toContain(
    'live-canaries.a.json: torn or altered; live-canaries.b.json: torn or altered',
  );
  second.wire.mend();
  await eventually('it knows the canary again', () => second.guard.doubts().length === 0 && !second.guard.isIdle());
  await second.leave();
  await canary.close();
});

it('two guards at once do one thing and leave one entry', async () => {
  const canary = await makeLiveCanary(ground);
  const guards = await Promise.all([1, 2].map(() => startGuardStage(ground, { targets: [canary], holdS: LONG_S })));
  await eventually('both have it', async () => {
    const known = await readGuards(ground.db, canary.runId);
    return known.filter(({ noted }) => noted).length === 2;
  });
  for (const { guard, wire, time } of guards) {
    wire.cut();
    await eventually('it sees nothing', () => guard.doubts().length > 0);
    time.aheadMs = PAST_MS;
  }
  await eventually('it is out of traffic', () => canary.target.world.weight === 0);
  for (const { wire } of guards) wire.mend();
  await eventually('it is on the record', async () => (await zeroEntries(canary)).length > 0);
  for (const stage of guards) await looksAgain(stage);
  expect(await zeroEntries(canary)).toHaveLength(1);
  expect(guardEffects(canary)).toHaveLength(1);
  for (const stage of guards) await stage.leave();
  await canary.close();
});
