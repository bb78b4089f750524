import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Load } from '../../src/config/load-schema.ts';
import { judgeCanary } from '../../src/delivery/judge/judge-canary.ts';
import { TickSample } from '../../src/delivery/judge/tick-sample.ts';
import { adoptProduction, makeLocalMetricSource, makeLocalTarget } from '../../src/delivery/local/make-local-target.ts';
import { startLocalTarget } from '../../src/delivery/local/start-local-target.ts';
import { runLoad } from '../../src/delivery/run-load.ts';
import { demoChanges, readTree, sampleServiceDirectory } from '../../src/demo/demo-changes.ts';
import { startTraffic } from '../../src/demo/traffic.ts';
import { digestOf } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { becomeHealthy, never, RECEIPT } from '../contract/delivery-target.ts';
import { eventually } from '../support/eventually.ts';
import { limitsOf } from '../unit/delivery/canary-ticks.ts';

const run = promisify(execFile);
const log = makeLogger({ level: 'silent', name: 'test' });
const token = 'a-token-of-the-tests-only';
const service = 'sample-service';
let room: string;

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), 'slipway-sample-'));
});

afterAll(() => rm(room, { recursive: true, force: true, maxRetries: 5 }));

/** The sample service with changes laid over it, in a directory of its own. */
async function layOut(name: string, ...keys: string[]): Promise<string> {
  const directory = join(room, name);
  const changes = keys.map((key) => demoChanges.find((change) => change.key === key)?.files() ?? {});
  for (const [path, text] of Object.entries(Object.assign({}, readTree(sampleServiceDirectory), ...changes))) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), String(text));
  }
  return directory;
}

describe('the sample service', () => {
  const states: readonly (readonly [string, string[]])[] = [
    ['as it stands', []],
    ['with the good change', ['good']],
    ['with the change that breaks in production', ['good', 'breaks_in_production']],
    ['with the good change and the migration', ['good', 'migration']],
  ];
  it.each(states)('passes its own tests %s', async (name, keys) => {
    const directory = await layOut(name.replaceAll(' ', '-'), ...keys);
    const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap'], { cwd: directory, env });
    expect(stdout).toContain('# fail 0');
    expect(Number(/# pass (\d+)/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(9);
  });

  it('merges 2 and 3 onto 1 without a conflict', async () => {
    const directory = await layOut('git');
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main', ...args], {
        cwd: directory,
      });
    await git('init', '-q');
    await git('add', '.');
    await git('commit', '-qm', 'first');
    for (const change of demoChanges) {
      await git('checkout', '-q', '-b', change.branch, 'main');
      for (const [path, text] of Object.entries(change.files())) {
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), String(text));
      }
      await git('add', '.');
      await git('commit', '-qm', change.title);
    }
    const [good, breaks, migration, leak] = demoChanges.map((change) => change.branch);
    for (const branch of [breaks, migration, leak]) {
      await expect(git('merge-tree', '--write-tree', good ?? '', branch ?? '')).resolves.toBeDefined();
    }
  });
});

describe('the change that breaks in production', () => {
  it('holds in staging and is caught by the canary under real traffic, which production does not feel', async () => {
    const target = await startLocalTarget(
      {
        token,
        dataDir: join(room, 'target'),
        services: [
          { name: service, command: ['node', 'src/server.js'], health_path: '/healthz', port: 0, latency_edge_ms: 800 },
        ],
      },
      log,
    );
    const delivery = makeLocalTarget({ url: target.url, token, log });
    const metrics = makeLocalMetricSource({ url: target.url, token });
    const before = { digest: digestOf('before'), directory: await layOut('before', 'good') };
    const after = { digest: digestOf('after'), directory: await layOut('after', 'good', 'breaks_in_production') };
    try {
      await adoptProduction({ url: target.url, token }, { service, artifact: before }, never());
      await eventually('production is up', async () => (await metrics.snapshot(service, never())).control.up);
      const deploy = (environment: 'staging' | 'canary') =>
        delivery.deploy(
          RECEIPT,
          { service, environment, artifact: after, effect: { id: environment, fence: '1' } },
          never(),
        );
      const { endpoint } = await deploy('staging');
      await becomeHealthy(delivery, service, 'staging');
      const load = Load.parse({
        rate_rps: 400,
        paths: ['/items/1', '/items/2', '/items', '/quote?amount=1250', '/version'],
      });
      const staged = await runLoad({ endpoint, load, requests: 400, signal: never() });
      expect(staged.errors).toBe(0);

      await deploy('canary');
      await becomeHealthy(delivery, service, 'canary');
      await delivery.setWeight(RECEIPT, { service, canaryPct: 5, effect: { id: 'w', fence: '1' } }, never());
      const traffic = startTraffic({ url: (await delivery.describe(service, never())).publicEndpoint, rps: 800, log });
      const ticks: TickSample[] = [];
      const takeTick = async () => {
        const n = ticks.length;
        const snapshot = await metrics.snapshot(service, never());
        ticks.push(TickSample.parse({ n, at: snapshot.at, elapsed_s: n, warm_up: false, snapshot, problem: null }));
        return judgeCanary({ ticks, limits: limitsOf() });
      };
      await takeTick();
      const judgement = await eventually('the canary is judged', async () => {
        const seen = ticks.at(-1)?.snapshot?.canary?.total ?? 0;
        await eventually(
          'more requests',
          async () => ((await metrics.snapshot(service, never())).canary?.total ?? 0) >= seen + 20,
        );
        const judged = await takeTick();
        return judged.verdict === 'CONTINUE' ? null : judged;
      });
      await traffic.close();
      expect(judgement).toMatchObject({ verdict: 'FAIL', cause: 'regression' });
      expect(judgement.numbers['control_errors']).toBe(0);
      expect(traffic.sent()).toBeGreaterThan(200);
      expect(traffic.failed() / traffic.sent()).toBeLessThan(0.05);
    } finally {
      await target.close();
    }
  });
});
