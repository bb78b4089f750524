import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { becomeHealthy, never, RECEIPT, testDeliveryTarget } from '../contract/delivery-target.ts';
import { testMetricSource } from '../contract/metric-source.ts';
import { openTestLedger } from '../support/delivery-room.ts';
import { eventually } from '../support/eventually.ts';
import { type HaproxyStage, withHaproxy } from '../support/haproxy-stage.ts';
import { makeArtifact } from '../support/local-target.ts';
import { keepSending, sendAll } from '../support/send-traffic.ts';

const service = 'shop';
let store: Awaited<ReturnType<typeof openTestLedger>>;
beforeAll(async () => {
  store = await openTestLedger();
});
beforeEach(() => store.empty());
afterAll(() => store.close());

const withStage = (work: (stage: HaproxyStage) => Promise<void>) => withHaproxy(store.ledger, work);

async function deployCanary(stage: HaproxyStage, pct: number) {
  const artifact = await makeArtifact(stage.directory, 'canary');
  const request = { service, environment: 'canary', artifact, effect: { id: 'deploy', fence: '1' } } as const;
  await stage.target.deploy(RECEIPT, request, never());
  await becomeHealthy(stage.target, service, 'canary');
  if (pct > 0) await weigh(stage, pct, 'up');
  return artifact;
}

function weigh({ target }: HaproxyStage, canaryPct: number, id: string): Promise<void> {
  return target.setWeight(RECEIPT, { service, canaryPct, effect: { id, fence: '1' } }, never());
}

describe('the contract of a delivery target, by HAProxy and the plain VM example', () => {
  testDeliveryTarget((work) =>
    withStage(({ target, production, directory, vm, haproxy }) =>
      work({
        target,
        service,
        production,
        artifact: (name) => makeArtifact(directory, name),
        secondWay: {
          loseRouter: () => haproxy.end('SIGKILL'),
          runsCanary: async () => (await vm.deployer.describe(never())).canary !== null,
        },
      }),
    ),
  );
});

describe('the contract of a metric source, by HAProxy', () => {
  testMetricSource((work) =>
    withStage(async (stage) => {
      await deployCanary(stage, 50);
      await work({
        metrics: stage.metrics,
        service,
        traffic: async () => void (await sendAll(stage.publicUrl, 40)),
        breakIt: () => stage.haproxy.end('SIGKILL'),
      });
    }),
  );
});

describe('traffic and counters', () => {
  it('gives the canary 5 % of 2,000 requests and counts what each arm answered, failed and was slow at', () =>
    withStage(async (stage) => {
      const canary = await deployCanary(stage, 5);
      const before = await stage.metrics.snapshot(service, never());
      expect(before.canary).toMatchObject({ version: canary.digest, total: 0, errors: 0, slow: 0, up: true });
      const answers = await sendAll(stage.publicUrl, 2_000);
      const got = answers.filter((name) => name === 'canary').length;
      expect(Math.abs(got - 100)).toBeLessThanOrEqual(2);
      const after = await stage.metrics.snapshot(service, never());
      expect(after).toMatchObject({
        canary_pct: 5,
        canary: { total: got, errors: 0 },
        control: { version: stage.production.digest, total: 2_000 - got, errors: 0, since: before.control.since },
      });
      await weigh(stage, 0, 'down');
      // Each on a connection of its own: HAProxy closes a kept one without a word, for the client to repeat the request.
      for (const path of ['/fail', '/reset', '/slow?ms=120', '/slow?ms=3500', '/half']) {
        await fetch(`${stage.publicUrl}${path}`, { headers: { connection: 'close' } })
          .then((response) => response.text())
          .catch(() => undefined);
      }
      const { control } = await eventually('all are counted', async () => {
        const now = await stage.metrics.snapshot(service, never());
        return now.control.total >= after.control.total + 5 ? now : null;
      });
      expect(control.total - after.control.total).toBe(5);
      expect(control.errors - after.control.errors).toBe(4);
      expect(control.slow - after.control.slow).toBe(1);
      // Each error is of one kind, and each kind has its name.
      const kinds = (control.error_kinds ?? []).map(({ kind, count }) => [kind, count]);
      expect(kinds).toEqual([
        ['answered with 5xx', 1],
        ['no connection', 0],
        ['no answer, or one that broke off', 3],
      ]);
    }));

  it('has no figures, not zeros, when the table is missing or HAProxy is gone', () =>
    withStage(async (stage) => {
      await stage.haproxy.end('SIGKILL');
      await expect(stage.metrics.snapshot(service, never())).rejects.toMatchObject({ code: 'METRICS_UNAVAILABLE' });
      await expect(stage.target.getWeight(service, never())).rejects.toMatchObject({
        code: 'TARGET_UNREACHABLE',
        name: 'TransientFailure',
      });
      await expect(weigh(stage, 0, 'down')).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
      expect(await stage.metrics.baseline(service, never())).toBeNull();
    }));
});

describe('safety', () => {
  it('takes the canary out under load: the median of 20 read-backs is far below a second, and nothing reaches it afterwards', () =>
    withStage(async (stage) => {
      await deployCanary(stage, 50);
      const load = keepSending(stage.publicUrl);
      const times: number[] = [];
      for (let round = 0; round < 20; round += 1) {
        await weigh(stage, 50, `up-${round}`);
        await eventually('the canary gets requests', () => load.count('canary') > 0);
        const started = performance.now();
        await weigh(stage, 0, `down-${round}`);
        times.push(performance.now() - started);
        load.forget();
        await eventually('others are answered', () => load.count('production') > 50);
        expect(load.count('canary')).toBe(0);
      }
      await load.end();
      const [median = Number.NaN] = times.toSorted((a, b) => a - b).slice(10);
      console.info(
        `haproxy: zero weight set and read back in ${median.toFixed(1)} ms (median of 20, max ${Math.max(...times).toFixed(1)} ms)`,
      );
      expect(median).toBeLessThan(1_000);
    }));

  it('is safe over a reload: the file takes the canary to zero, counters say that they began anew, and the weight can be given back', () =>
    withStage(async (stage) => {
      await deployCanary(stage, 5);
      const before = await stage.metrics.snapshot(service, never());
      await stage.reload();
      await eventually('the start time of the new process differs or its counters are new', async () => {
        const now = await stage.metrics.snapshot(service, never());
        return now.canary_pct === 0 && now.control.up;
      });
      expect(before.canary_pct).toBe(5);
      await weigh(stage, 5, 'again');
      expect(await stage.target.getWeight(service, never())).toBe(5);
    }));

  it('raises no canary that a reload would flood, that nobody checks, or that is in maintenance', () =>
    withStage(async (stage) => {
      await deployCanary(stage, 0);
      await stage.reload({ canaryWeight: 100 });
      await expect(weigh(stage, 5, 'a')).rejects.toMatchObject({
        code: 'CANARY_NOT_AT_ZERO',
        name: 'UnrecoverableError',
      });
      await weigh(stage, 0, 'z');
      expect(await stage.target.getWeight(service, never())).toBe(0);
      await stage.reload({ check: false });
      expect(await stage.target.health(service, 'canary', never())).toEqual({
        up: false,
        detail: 'HAProxy does not check server canary; add `check` to its line',
      });
      await stage.reload();
      await stage.socket(['set server shop/canary state maint'], never());
      await expect(weigh(stage, 5, 'b')).rejects.toMatchObject({ code: 'SERVER_IN_MAINTENANCE' });
      expect((await stage.target.health(service, 'canary', never())).detail).toContain('taken server canary out');
    }));

  it('sees a dead canary although users see no error', () =>
    withStage(async (stage) => {
      await deployCanary(stage, 50);
      const load = keepSending(stage.publicUrl);
      stage.vm.kill('canary');
      await eventually(
        'HAProxy has ejected it',
        async () => !(await stage.metrics.snapshot(service, never())).canary?.up,
      );
      load.forget();
      await eventually('users are served', () => load.count('production') > 100);
      expect(load.failures()).toBe(0);
      await load.end();
      expect((await stage.target.health(service, 'canary', never())).up).toBe(false);
      expect(await stage.target.getWeight(service, never())).toBe(50);
    }));

  it('promotes by turns without a failed request, and production then stands where the file says', () =>
    withStage(async (stage) => {
      const canary = await deployCanary(stage, 5);
      const load = keepSending(stage.publicUrl);
      const effect = { id: 'promote', fence: '1' };
      await stage.target.promote(RECEIPT, { service, version: canary.digest, effect }, never());
      load.forgetNames();
      await eventually('the new version answers', () => load.count('canary') > 100);
      await load.end();
      expect(load.failures()).toBe(0);
      expect(load.count('production')).toBe(0);
      await stage.reload();
      expect(new Set(await sendAll(stage.publicUrl, 50))).toEqual(new Set(['canary']));
      expect(stage.vm.calls()).toContain('systemctl restart shop@production');
    }));
});
