import { appendFile, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { becomeHealthy, never, RECEIPT, testDeliveryTarget } from '../contract/delivery-target.ts';
import { openTestLedger } from '../support/delivery-room.ts';
import { eventually } from '../support/eventually.ts';
import { makeArtifact } from '../support/local-target.ts';
import { type NginxStage, withNginx } from '../support/nginx-stage.ts';
import { keepSending, sendAll } from '../support/send-traffic.ts';

const service = 'shop';
let store: Awaited<ReturnType<typeof openTestLedger>>;
beforeAll(async () => {
  store = await openTestLedger();
});
beforeEach(() => store.empty());
afterAll(() => store.close());

const withStage = (work: (stage: NginxStage) => Promise<void>) => withNginx(store.ledger, work);

async function deployCanary({ directory, target }: NginxStage) {
  const artifact = await makeArtifact(directory, 'canary');
  const request = { service, environment: 'canary', artifact, effect: { id: 'deploy', fence: '1' } } as const;
  await target.deploy(RECEIPT, request, never());
  await becomeHealthy(target, service, 'canary');
  return artifact;
}

function weigh({ target }: NginxStage, canaryPct: number, id: string): Promise<void> {
  return target.setWeight(RECEIPT, { service, canaryPct, effect: { id, fence: '1' } }, never());
}

describe('the contract of a delivery target, by nginx and the plain VM example', () => {
  testDeliveryTarget((work) =>
    withStage(({ target, production, directory, vm, nginx }) =>
      work({
        target,
        service,
        production,
        artifact: (name) => makeArtifact(directory, name),
        secondWay: {
          loseRouter: () => nginx.end('SIGKILL'),
          runsCanary: async () => (await vm.deployer.describe(never())).canary !== null,
        },
      }),
    ),
  );
});

describe('nginx', () => {
  it('splits by request id: about 20 % of 2,000, none at zero, all at a hundred', () =>
    withStage(async (stage) => {
      await deployCanary(stage);
      await weigh(stage, 20, 'a');
      const canary = (await sendAll(stage.publicUrl, 2_000)).filter((name) => name === 'canary').length;
      // Binomial with a standard deviation of 18: six of them.
      expect(Math.abs(canary - 400)).toBeLessThan(108);
      await weigh(stage, 0, 'b');
      expect(new Set(await sendAll(stage.publicUrl, 200))).toEqual(new Set(['production']));
      await weigh(stage, 100, 'c');
      expect(new Set(await sendAll(stage.publicUrl, 200))).toEqual(new Set(['canary']));
    }));

  it('takes the canary out under load without a failed request, and says so only when it is out', () =>
    withStage(async (stage) => {
      await deployCanary(stage);
      await weigh(stage, 50, 'up');
      const load = keepSending(stage.publicUrl);
      await eventually('the canary gets requests', () => load.count('canary') > 20);
      const started = performance.now();
      await weigh(stage, 0, 'down');
      console.info(`nginx: zero weight written, reloaded and probed in ${(performance.now() - started).toFixed(0)} ms`);
      load.forgetNames();
      await eventually('production answers', () => load.count('production') > 100);
      await load.end();
      expect(load.failures()).toBe(0);
    }));

  it('tells what is in force, not what is in the file', () =>
    withStage(async (stage) => {
      await deployCanary(stage);
      await weigh(stage, 5, 'up');
      await appendFile(stage.splitFile, 'no directive of nginx;\n');
      expect(await stage.target.getWeight(service, never())).toBe(5);
      await appendFile(stage.file, 'broken {\n');
      await expect(weigh(stage, 0, 'down')).rejects.toMatchObject({
        code: 'RELOAD_FAILED',
        name: 'TransientFailure',
        message: expect.stringContaining('unknown directive "broken"'),
      });
      expect(await stage.target.getWeight(service, never())).toBe(5);
      expect(await readFile(stage.splitFile, 'utf8')).toContain('{ * production; }');
    }));

  it('is gone', () =>
    withStage(async (stage) => {
      await stage.nginx.end('SIGTERM');
      await expect(stage.target.getWeight(service, never())).rejects.toMatchObject({
        code: 'TARGET_UNREACHABLE',
        name: 'TransientFailure',
      });
      await expect(weigh(stage, 0, 'down')).rejects.toMatchObject({ name: 'TransientFailure' });
    }));

  it('promotes by turns without a failed request', () =>
    withStage(async (stage) => {
      const canary = await deployCanary(stage);
      await weigh(stage, 5, 'up');
      const load = keepSending(stage.publicUrl);
      const effect = { id: 'promote', fence: '1' };
      await stage.target.promote(RECEIPT, { service, version: canary.digest, effect }, never());
      await load.end();
      expect(load.failures()).toBe(0);
      expect(new Set(await sendAll(stage.publicUrl, 50))).toEqual(new Set(['canary']));
    }));
});
