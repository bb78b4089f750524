import { expect, it } from 'vitest';
import { makeRoutedTarget } from '../../../src/delivery/routed/make-routed-target.ts';
import { digestOf } from '../../../src/ids.ts';
import { RECEIPT } from '../../contract/delivery-target.ts';

const signal = new AbortController().signal;
const old = digestOf('old');
const version = digestOf('new');
const effect = { id: 'e', fence: '1' };

/** Writes down what is done, over a world that a test sets. */
function makeWorld(productionUp: boolean) {
  const done: string[] = [];
  const world = { production: old, canary: version as typeof version | null, pct: 5 };
  const at = (there: typeof version | null) => (there === null ? null : { version: there, endpoint: 'http://x' });
  const target = makeRoutedTarget({
    publicEndpoint: 'http://x',
    healthDeadlineMs: 0,
    drainMs: 0,
    router: {
      async setWeight(pct) {
        done.push(`weight ${pct}`);
        world.pct = pct;
      },
      getWeight: () => Promise.resolve(world.pct),
      armHealth: () => Promise.resolve(null),
    },
    deployer: {
      deploy: () => Promise.reject(new Error('not asked for')),
      async replaceProduction() {
        done.push('replace production');
        world.production = version;
      },
      async retire({ environment }) {
        done.push(`retire ${environment}`);
        world.canary = null;
      },
      health: (slot) => Promise.resolve({ up: slot !== 'production' || productionUp, detail: slot }),
      describe: () =>
        Promise.resolve({ production: at(world.production), canary: at(world.canary), staging: null, base: null }),
    },
  });
  return { target, world, done };
}

const promote = ({ target }: ReturnType<typeof makeWorld>) =>
  target.promote(RECEIPT, { service: 'shop', version, effect }, signal);

it('promotes by turns, so that healthy versions alone have traffic', async () => {
  const world = makeWorld(true);
  await promote(world);
  expect(world.done).toEqual(['weight 100', 'replace production', 'weight 0', 'retire canary']);
});

it('goes on where an earlier promotion was killed', async () => {
  const world = makeWorld(true);
  Object.assign(world.world, { production: version, pct: 100 });
  await promote(world);
  expect(world.done).toEqual(['weight 0', 'retire canary']);
});

it('leaves traffic with the canary while the new version is not healthy in production, and lets nobody take it away', async () => {
  const world = makeWorld(false);
  await expect(promote(world)).rejects.toMatchObject({ code: 'PROMOTION_STUCK', name: 'TransientFailure' });
  expect(world.done).toEqual(['weight 100', 'replace production']);
  const zero = world.target.setWeight(RECEIPT, { service: 'shop', canaryPct: 0, effect }, signal);
  await expect(zero).rejects.toMatchObject({ code: 'PRODUCTION_DOWN' });
  expect(world.world.pct).toBe(100);
});

it('takes a canary at any other share to zero without asking whether production is well', async () => {
  const world = makeWorld(false);
  await world.target.setWeight(RECEIPT, { service: 'shop', canaryPct: 0, effect }, signal);
  expect(world.world.pct).toBe(0);
});

it('stops the canary without a word to the balancer, where production is healthy, and looks that it is stopped', async () => {
  const stop = ({ target }: ReturnType<typeof makeWorld>) =>
    target.stopCanary?.(RECEIPT, { service: 'shop', effect }, signal);
  const world = makeWorld(true);
  await stop(world);
  expect(world.done).toEqual(['retire canary']);
  const alone = makeWorld(false);
  await expect(stop(alone)).rejects.toMatchObject({ code: 'PRODUCTION_DOWN', name: 'TransientFailure' });
  expect(alone.done).toEqual([]);
  const stubborn = makeWorld(true);
  Object.defineProperty(stubborn.world, 'canary', { get: () => version, set() {} });
  await expect(stop(stubborn)).rejects.toMatchObject({ code: 'NOT_STOPPED' });
});
