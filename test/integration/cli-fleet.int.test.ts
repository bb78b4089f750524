import { expect, it } from 'vitest';
import type { FleetJson } from '../../src/http/api/fleet-schemas.ts';
import { makeRun } from '../support/make-run-json.ts';
import { withScriptedServer } from '../support/scripted-server.ts';
import { runInProcess } from '../unit/cli/fake-io.ts';

const at = '2026-11-27T03:00:00.000Z';
const fleet: FleetJson = {
  warnings: ['no live replica serves queue canary'],
  settings: [{ name: 'max_concurrent_agents', value: 8, by: 'ada', reason: 'busy', since: at }],
  freezes: [{ service: 'shop', by: 'bob', reason: 'incident 12', since: at }],
  budgets: [
    {
      budget: 'day',
      subject: '2026-11-27',
      tokens: { used: 1_000, max: null },
      usd: { used: 4.5, max: 5 },
      ratio: 0.9,
    },
  ],
  queues: [
    {
      name: 'agents',
      replicas: 1,
      waiting: 3,
      active: 8,
      pause: { cause: 'operator', by: 'ada', reason: 'cost', since: at },
    },
    { name: 'review', replicas: 0, waiting: null, active: null, pause: null },
  ],
  replicas: [
    {
      id: 'host-1-4711-abc',
      host: 'host-1',
      pid: 4711,
      version: '0.1.0',
      stages: ['review', 'agents'],
      concurrency: 10,
      active: 8,
      state: 'live',
      started_at: at,
      last_beat: at,
      clock_offset_ms: null,
    },
  ],
};

it('shows what operators set, the queues with their brakes, and the replicas', async () => {
  await withScriptedServer(makeRun({}), async ({ url, script }) => {
    script.answer = () => ({ status: 200, body: fleet });
    const shown = await runInProcess('fleet', 'show', '--url', url);
    expect(shown.err).toBe('warning: no live replica serves queue canary\n');
    expect(shown.out).toMatch(/^max_concurrent_agents {2}8 {6}ada {5}2026-11-27 03:00:00 {2}busy$/m);
    expect(shown.out).toMatch(/^agents {2}1 {9}3 {8}8 {7}paused by ada: cost$/m);
    expect(shown.out).toMatch(/^review {2}0 {9}\? {8}\? {7}-$/m);
    expect(shown.out).toMatch(/^host-1-4711-abc {2}live {3}host-1 {2}0\.1\.0 {4}8 .*review,agents$/m);
    expect(JSON.parse((await runInProcess('fleet', 'show', '--json', '--url', url)).out)).toEqual(fleet);
  });
});

it('status lists the replicas below the runs, but not when somebody asks for some runs', async () => {
  await withScriptedServer(makeRun({}), async ({ url, script, asked }) => {
    script.answer = ({ path }) =>
      path === '/v1/fleet' ? { status: 200, body: fleet } : { status: 200, body: { runs: [script.run] } };
    const all = await runInProcess('status', '--url', url);
    expect(all.out).toMatch(/^RUN [^]*\n\nREPLICA /);
    expect(all.err).toContain('warning: no live replica serves queue canary');
    asked.length = 0;
    expect((await runInProcess('status', '--repo', 'acme/shop', '--url', url)).out).not.toContain('REPLICA');
    expect(asked.map(({ path }) => path)).toEqual(['/v1/runs?repo=acme%2Fshop']);
  });
});

it('sends orders with their reason, and says when nothing changed', async () => {
  await withScriptedServer(makeRun({}), async ({ url, script, asked }) => {
    script.answer = ({ body }) => ({
      status: 200,
      body: { changed: (body as { reason: string }).reason !== 'again', fleet },
    });
    const set = await runInProcess('fleet', 'set', 'max_concurrent_agents', '8', '--reason', 'busy', '--url', url);
    expect(set.out).toBe('max_concurrent_agents is 8 now\n');
    const paused = await runInProcess('fleet', 'pause', 'agents', '--reason', 'cost', '--url', url);
    expect(paused.out).toBe('agents: paused\n');
    const again = await runInProcess('fleet', 'resume', 'all', '--reason', 'again', '--url', url);
    expect(again.out).toBe('it was so already; nothing was recorded\n');
    expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/v1/fleet/settings', { name: 'max_concurrent_agents', value: 8, reason: 'busy' }],
      ['POST', '/v1/fleet/pause', { queue: 'agents', reason: 'cost' }],
      ['POST', '/v1/fleet/resume', { queue: 'all', reason: 'again' }],
    ]);
  });
});

it('refuses what no fleet knows before anything is sent', async () => {
  for (const args of [
    ['fleet', 'set', 'max_concurrent_agents', '0', '--reason', 'r'],
    ['fleet', 'set', 'max_concurrent_agents', 'many', '--reason', 'r'],
    ['fleet', 'set', 'cap', '4', '--reason', 'r'],
    ['fleet', 'set', 'max_concurrent_agents', '4'],
    ['fleet', 'pause', 'release', '--reason', 'r'],
  ]) {
    const refused = await runInProcess(...args, '--url', 'http://127.0.0.1:1');
    expect(refused.exitCode, args.join(' ')).toBe(2);
  }
});
