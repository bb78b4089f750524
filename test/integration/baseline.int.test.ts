import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.ts';
import { Staging } from '../../src/config/staging-schema.ts';
import type { Baseline } from '../../src/delivery/metric-source.ts';
import { PermanentFailure, TransientFailure } from '../../src/errors.ts';
import { digestOf } from '../../src/ids.ts';
import { currentBaseline, pullBaseline } from '../../src/runs/pull-baseline.ts';
import { assertBaselineSchedules, BASELINE_JOB } from '../../src/runs/schedule-baselines.ts';
import { makeBaselineChore } from '../../src/workers/baseline.chore.ts';
import { BASELINE_FIGURES } from '../support/baseline-figures.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';

let ground: FleetGround;
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(() => ground.close());

const settings = Staging.parse({}).baseline;
const NOW = new Date('2026-11-27T08:40:00.000Z');
const never = () => new AbortController().signal;
const figures = (over: Partial<Baseline> = {}): Baseline => ({ service: 'shop', ...BASELINE_FIGURES, ...over });

function portsOf(answer: () => Promise<Baseline | null>, now = NOW) {
  let asked = 0;
  const metrics = {
    baseline: () => {
      asked += 1;
      return answer();
    },
  };
  return { ports: { db: ground.db, metrics, settings, now: () => now }, asked: () => asked };
}

describe('pulling a baseline', () => {
  it('keeps it under the hash of its canonical text, and asks again only when it is not of this hour any more', async () => {
    const { ports, asked } = portsOf(async () => figures());
    const pulled = await pullBaseline(ports, 'kept', never());
    expect(pulled).toMatchObject({ kind: 'pulled', digest: digestOf(canonicalJson(figures())), pulledAt: NOW });
    expect(await currentBaseline(ports, 'kept', never())).toEqual(pulled);
    expect(asked()).toBe(1);
    const later = { ...ports, now: () => new Date(NOW.getTime() + 20 * 60_000) };
    expect(await currentBaseline(later, 'kept', never())).toMatchObject({ kind: 'pulled', pulledAt: later.now() });
    expect(asked()).toBe(2);
  });

  it('refuses a past of few days and says what to do, and keeps what was there before', async () => {
    const { ports } = portsOf(async () => figures({ days: 13 }));
    const refused = await pullBaseline(ports, 'young', never());
    expect(refused).toMatchObject({ kind: 'refused', code: 'BASELINE_TOO_YOUNG' });
    expect(refused).toHaveProperty('detail', expect.stringContaining('13 day(s), 14 are needed'));
    const none = await ground.db
      .selectFrom('slipway.baselines')
      .select('service')
      .where('service', '=', 'young')
      .execute();
    expect(none).toEqual([]);
    expect(await pullBaseline(portsOf(async () => figures({ days: undefined })).ports, 'young', never())).toMatchObject(
      {
        code: 'BASELINE_TOO_YOUNG',
      },
    );
  });

  it('hands on why a source refuses, and is no refusal when it cannot be asked', async () => {
    const cause = new PermanentFailure('RETENTION_TOO_SHORT', 'Prometheus keeps 15d, the baseline needs 30 days');
    const short = new TransientFailure('METRICS_UNAVAILABLE', cause.message, { cause });
    const refusing = portsOf(() => Promise.reject(short)).ports;
    expect(await pullBaseline(refusing, 'short', never())).toMatchObject({
      kind: 'refused',
      code: 'RETENTION_TOO_SHORT',
      detail: expect.stringContaining('keeps 15d'),
    });
    const away = new TransientFailure('METRICS_UNAVAILABLE', 'cannot be reached');
    await expect(pullBaseline(portsOf(() => Promise.reject(away)).ports, 'away', never())).rejects.toBe(away);
    expect(await pullBaseline(portsOf(async () => null).ports, 'none', never())).toMatchObject({ code: 'NO_BASELINE' });
  });
});

describe('the schedule of baselines', () => {
  const service = (staging: object, delivery: object = { kind: 'local', command: ['x'] }) => ({
    repository: '/x.git',
    repo: 'a/b',
    staging,
    delivery,
  });

  it('is one for each service however often it is asserted, and goes with its service', async () => {
    const queue = ground.queues.byName.staging;
    const config = await ground.config({
      services: { one: service({}), two: service({ baseline: { pull_every_min: 60 } }) },
    });
    await Promise.all([assertBaselineSchedules(queue, config), assertBaselineSchedules(queue, config)]);
    await assertBaselineSchedules(queue, config);
    const found = (await queue.getJobSchedulers()).map(({ key, every }): [string, number] => [key, Number(every)]);
    expect(new Map(found)).toEqual(
      new Map([
        ['baseline-one', 30 * 60_000],
        ['baseline-two', 60 * 60_000],
      ]),
    );
    expect(found).toHaveLength(2);
    await assertBaselineSchedules(queue, await ground.config({ services: { two: service({}) } }));
    const left = (await queue.getJobSchedulers()).map(({ key, every }) => [key, Number(every)]);
    expect(left).toEqual([['baseline-two', 30 * 60_000]]);
    await assertBaselineSchedules(queue, await ground.config({ services: {} }));
    expect(await queue.getJobSchedulers()).toEqual([]);
  });

  it('makes replicas of staging pull, each time once, and a failure does not end it', async () => {
    const queue = ground.queues.byName.staging;
    const config = await ground.config({
      profile: 'demo',
      services: { often: service({ baseline: { pull_every_min: 0.005, min_days: 0 } }) },
    });
    let pulls = 0;
    const chore = makeBaselineChore({
      db: ground.db,
      now: () => new Date(),
      service: (name) => ({ ...config.services[name], name, limits: config.thresholds }) as never,
      metrics: () => ({
        baseline: async () => {
          pulls += 1;
          if (pulls === 2) throw new TransientFailure('METRICS_UNAVAILABLE', 'away');
          return figures({ service: 'often' });
        },
      }),
      log: ground.log,
    });
    const handle = () => Promise.reject(new Error('a chore is no step of a run'));
    const replicas = [1, 2].map(() => ground.replica('staging', handle, { chores: { [BASELINE_JOB]: chore } }));
    try {
      await assertBaselineSchedules(queue, config);
      await eventually('it was pulled again after a failure', () => pulls >= 4, 20_000);
      const row = await ground.db
        .selectFrom('slipway.baselines')
        .selectAll()
        .where('service', '=', 'often')
        .executeTakeFirstOrThrow();
      expect(digestOf(row.body)).toBe(row.digest);
    } finally {
      await assertBaselineSchedules(queue, await ground.config({ services: {} }));
      for (const replica of replicas) await replica.stop();
    }
  });
});
