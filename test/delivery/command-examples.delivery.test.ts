import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeProgramCaller } from '../../src/delivery/command/call-program.ts';
import { makeCommandTarget } from '../../src/delivery/command/make-command-target.ts';
import { guardTarget } from '../../src/delivery/guard-target.ts';
import type { DeliveryTarget } from '../../src/delivery/target.ts';
import { digestOf } from '../../src/ids.ts';
import { packageRoot } from '../../src/package-root.ts';
import { never, RECEIPT, testDeliveryTarget } from '../contract/delivery-target.ts';
import { openTestLedger, withDirectory } from '../support/delivery-room.ts';
import { type FakeKubectl, makeFakeKubectl } from '../support/fake-kubectl.ts';

const service = 'shop';
const production = { digest: digestOf('production'), directory: '/nowhere' };
const artifact = (name: string) => Promise.resolve({ digest: digestOf(name), directory: '/nowhere' });

let store: Awaited<ReturnType<typeof openTestLedger>>;
beforeAll(async () => {
  store = await openTestLedger();
});
beforeEach(() => store.empty());
afterAll(() => store.close());

/** A target whose program is one of the examples, on a cluster that already runs production. */
function withExample(
  name: string,
  work: (subject: { target: DeliveryTarget; kubectl: FakeKubectl }) => Promise<void>,
): Promise<void> {
  return withDirectory(async (directory) => {
    const kubectl = makeFakeKubectl(directory, production.digest);
    const file = join(packageRoot, 'examples/delivery', name);
    const options = ['--namespace', 'shop', '--name', 'shop', '--image', 'registry.example.com/shop'];
    const program = {
      command: [process.execPath, file, ...options],
      timeoutMs: 30_000,
      environment: kubectl.environment,
    };
    const call = makeProgramCaller(program, service, 'TARGET_UNREACHABLE');
    await work({
      target: guardTarget(makeCommandTarget(call, 'https://shop.example.com'), service, store.ledger),
      kubectl,
    });
  });
}

describe('the contract of a delivery target, by the Gateway API example', () => {
  testDeliveryTarget((work) =>
    withExample('gateway-api.mjs', ({ target }) => work({ target, service, production, artifact })),
  );
});

describe('the Gateway API example', () => {
  it('fences at the API server: what changed since it was read refuses the patch, and so does a newer fence', () =>
    withExample('gateway-api.mjs', async ({ target, kubectl }) => {
      const effect = { id: 'd', fence: '3' };
      const canary = await artifact('canary');
      await target.deploy(RECEIPT, { service, environment: 'canary', artifact: canary, effect }, never());
      kubectl.change(({ objects }) => {
        objects['httproute/shop']!.metadata.annotations['slipway.dev/fence'] = '9';
      });
      const stale = target.setWeight(RECEIPT, { service, canaryPct: 5, effect: { id: 'w', fence: '3' } }, never());
      await expect(stale).rejects.toMatchObject({ code: 'STALE_FENCE', name: 'UnrecoverableError' });
      await target.setWeight(RECEIPT, { service, canaryPct: 5, effect: { id: 'w', fence: '9' } }, never());
      const patch = kubectl.calls().findLast((call) => call.includes('httproute') && call.includes('patch'));
      const operations = JSON.parse(patch?.at(-1)?.replace('--patch=', '') ?? '[]');
      expect(operations).toEqual([
        { op: 'test', path: '/metadata/resourceVersion', value: '7' },
        { op: 'add', path: '/metadata/annotations', value: { team: 'shop', 'slipway.dev/fence': '9' } },
        { op: 'add', path: '/spec/rules/0/backendRefs/0/weight', value: 9500 },
        { op: 'add', path: '/spec/rules/0/backendRefs/1/weight', value: 500 },
      ]);
    }));

  it('does not take an accepted change for one in force', () =>
    withExample('gateway-api.mjs', async ({ target, kubectl }) => {
      kubectl.change((cluster) => {
        cluster.objects['httproute/shop']!.metadata.generation = 2;
      });
      await expect(target.getWeight(service, never())).rejects.toMatchObject({
        code: 'NOT_IN_FORCE',
        name: 'TransientFailure',
      });
    }));
});

describe('the Argo Rollouts example', () => {
  it('goes through a canary that is promoted, and one that is taken back', () =>
    withExample('argo-rollouts.mjs', async ({ target, kubectl }) => {
      const good = await artifact('canary');
      const effect = (id: string) => ({ id, fence: '1' });
      const deploy = (version: typeof good, id: string) =>
        target.deploy(RECEIPT, { service, environment: 'canary', artifact: version, effect: effect(id) }, never());
      const weigh = (canaryPct: number, id: string) =>
        target.setWeight(RECEIPT, { service, canaryPct, effect: effect(id) }, never());
      const before = { version: production.digest };

      await deploy(good, 'd1');
      expect((await target.health(service, 'canary', never())).up).toBe(true);
      expect(await target.describe(service, never())).toMatchObject({
        production: before,
        canary: { version: good.digest },
        canaryPct: 0,
      });
      await expect(weigh(7, 'w0')).rejects.toMatchObject({ code: 'WEIGHT_NOT_OFFERED' });
      await weigh(5, 'w1');
      expect(await target.getWeight(service, never())).toBe(5);
      await target.promote(RECEIPT, { service, version: good.digest, effect: effect('p1') }, never());
      expect(await target.describe(service, never())).toMatchObject({
        production: { version: good.digest },
        canary: null,
        canaryPct: 0,
      });

      const bad = await artifact('bad');
      await deploy(bad, 'd2');
      await weigh(5, 'w2');
      await weigh(0, 'w3');
      expect(await target.getWeight(service, never())).toBe(0);
      await target.retire(RECEIPT, { service, environment: 'canary', effect: effect('r1') }, never());
      expect(await target.describe(service, never())).toMatchObject({
        production: { version: good.digest },
        canary: null,
      });
      expect(kubectl.calls().filter(([verb]) => verb === 'argo')).toEqual([
        ['argo', 'rollouts', 'set', 'image', 'shop', `app=registry.example.com/shop:${good.digest}`],
        ['argo', 'rollouts', 'promote', 'shop'],
        ['argo', 'rollouts', 'promote', 'shop', '--full'],
        ['argo', 'rollouts', 'set', 'image', 'shop', `app=registry.example.com/shop:${bad.digest}`],
        ['argo', 'rollouts', 'promote', 'shop'],
        ['argo', 'rollouts', 'abort', 'shop'],
        ['argo', 'rollouts', 'set', 'image', 'shop', `app=registry.example.com/shop:${good.digest}`],
      ]);
    }));
});
