import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeGithubClient } from '../../src/forge/github-client.ts';
import { type PollDeps, pollDue } from '../../src/forge/start-forge-poll.ts';
import { takeEvent, WEBHOOK } from '../../src/http/github/take-event.ts';
import { RunId } from '../../src/ids.ts';
import { makeFleetMetrics } from '../../src/metrics/fleet-metrics.ts';
import { startServerProcess } from '../../src/server.ts';
import { eventually } from '../support/eventually.ts';
import { type DeskBench, startDeskBench } from '../support/fleet-desk.ts';
import { CI } from '../support/fleet-flow.ts';
import { type ForgeServer, withForge } from '../support/forge-server.ts';
import { makePullRequestEvent } from '../support/github-delivery.ts';
import { makeSha } from '../support/record.ts';

let bench: DeskBench;
let pr = 1000;
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench?.ground.close());
beforeEach(async () => {
  await bench.ground.db.deleteFrom('slipway.forge_polls').execute();
  // Runs of earlier tests are no concern of a later one's forge.
  await bench.ground.db
    .updateTable('slipway.runs')
    .set({ status: 'finished', outcome: 'blocked', finished_at: new Date() })
    .where('status', '!=', 'finished')
    .execute();
  pr += 1000;
});

const webhook = (payload: unknown) =>
  takeEvent({ desk: bench.desk, targetBranches: () => ['main'], caller: WEBHOOK }, 'pull_request', payload);
const runsOf = (number: number) => bench.desk.list({ repo: 'acme/shop', pr_number: number, limit: 200 });
const rowOf = () => bench.ground.db.selectFrom('slipway.forge_polls').selectAll().executeTakeFirstOrThrow();

interface Stage {
  readonly forge: ForgeServer;
  /** One look at once, as if it were due. */
  readonly look: () => Promise<void>;
  readonly deps: PollDeps;
}

async function withStage(use: (stage: Stage) => Promise<void>, timeoutMs = 60_000): Promise<void> {
  await withForge(async (forge) => {
    const targetBranches = (repo: string) => (repo === 'acme/shop' ? ['main'] : ['main', 'main']);
    const client = makeGithubClient({ apiUrl: forge.url, token: forge.token, timeoutMs });
    const settings = { ...bench.config.forge, api_url: forge.url, repos: ['acme/shop'] };
    const { ground, desk, config } = bench;
    const deps = { ...ground, desk, targetBranches, forge: client, config: { ...config, forge: settings } };
    await use({ forge, deps, look: () => lookNow(deps) });
  });
}

async function lookNow(deps: PollDeps): Promise<void> {
  await bench.ground.db
    .updateTable('slipway.forge_polls')
    .set({ next_at: new Date(0) })
    .execute();
  await pollDue(deps, new AbortController().signal);
}

describe('row 26: a delivery that got lost', () => {
  test('of a new head is found by poll, named on the record, and found once', () =>
    withStage(async ({ forge, look }) => {
      const pull = forge.put(pr);
      await look();
      const [run, ...more] = await runsOf(pr);
      expect(more).toEqual([]);
      expect(run).toMatchObject({ head_sha: pull.head.sha, title: pull.title, author: 'octocat', pusher: null });
      const [entry] = await bench.ground.audit.list(RunId.parse(run?.id));
      expect(entry?.entry).toMatchObject({ event: 'run_enqueued', actor: { kind: 'system', id: 'github-poll' } });
      await look();
      expect(await runsOf(pr)).toHaveLength(1);
      expect(await rowOf()).toMatchObject({ found: '1', failures: 0, problem: null, ok_at: expect.any(Date) });
    }));

  test('of a newer head supersedes the older run, and a head whose run is over starts none', () =>
    withStage(async ({ forge, look }) => {
      const pull = forge.put(pr);
      await look();
      const newer = makeSha();
      bench.ancestry.add(`${pull.head.sha}<${newer}`);
      forge.put(pr, { head: { ...pull.head, sha: newer } });
      await look();
      const [second, first] = await runsOf(pr);
      expect(second).toMatchObject({ head_sha: newer, stop_kind: null });
      expect(first).toMatchObject({ head_sha: pull.head.sha, stop_kind: 'superseded', superseded_by: second?.id });
      if (second === undefined) throw new Error('no run');
      await bench.finish(second);
      await look();
      expect(await runsOf(pr)).toHaveLength(2);
    }));

  test('of a closing stops the run; one of a merge leaves it, and so does a number that the forge does not know', () =>
    withStage(async ({ forge, look }) => {
      for (const n of [pr, pr + 1, pr + 2]) forge.put(n);
      await look();
      const closed_at = new Date(Date.now() + 60_000).toISOString();
      forge.put(pr, { state: 'closed', closed_at });
      forge.put(pr + 1, { state: 'closed', closed_at, merged: true });
      forge.pulls.delete(pr + 2);
      await look();
      const [stopped] = await runsOf(pr);
      expect(stopped).toMatchObject({ stop_kind: 'cancelled', stop_reason: 'the pull request was closed' });
      const entries = await bench.ground.audit.list(RunId.parse(stopped?.id));
      expect(entries.at(-1)?.entry.actor).toEqual({ kind: 'system', id: 'github-poll' });
      for (const n of [pr + 1, pr + 2]) expect((await runsOf(n))[0]).toMatchObject({ stop_kind: null });
      expect(await rowOf()).toMatchObject({ found: '4' });
    }));

  test.each(['still stopping', 'over'])(
    'of a push back to an older head starts that one again and ends the newer, once (its own run is %s)',
    (how) =>
      withStage(async ({ forge, look }) => {
        const at = (minute: number) => new Date(Date.now() + minute * 60_000).toISOString();
        const first = forge.put(pr, { updated_at: at(0) });
        await look();
        const newer = makeSha();
        bench.ancestry.add(`${first.head.sha}<${newer}`);
        await webhook(
          makePullRequestEvent({
            action: 'synchronize',
            pull_request: { number: pr, head: { sha: newer }, updated_at: at(1) },
          }),
        );
        const [, superseded] = await runsOf(pr);
        if (how === 'over' && superseded !== undefined) await bench.finish(superseded);
        // The newest run is of this moment: the forge may only not know of it yet.
        forge.put(pr, { updated_at: at(2) });
        await look();
        expect(await runsOf(pr)).toHaveLength(2);
        await bench.ground.db
          .updateTable('slipway.runs')
          .set({ created_at: sql<Date>`created_at - interval '5 minutes'` })
          .where('pr_number', '=', pr)
          .execute();
        await look();
        const [again, replaced] = await runsOf(pr);
        expect(again).toMatchObject({ head_sha: first.head.sha, attempt: 2, stop_kind: null });
        expect(replaced).toMatchObject({ head_sha: newer, stop_kind: 'superseded', superseded_by: again?.id });
        await look();
        expect(await runsOf(pr)).toHaveLength(3);
        // People may stop it, and then nobody starts it but they.
        await bench.desk.cancel(RunId.parse(again?.id), 'enough', CI);
        if (again !== undefined) await bench.finish(again);
        forge.put(pr, { updated_at: at(5) });
        await look();
        expect(await runsOf(pr)).toHaveLength(3);
      }),
  );

  test('of an opening after a closing starts another run, once', () =>
    withStage(async ({ forge, look }) => {
      const at = (minute: number) => new Date(Date.now() + minute * 60_000).toISOString();
      const pull = forge.put(pr);
      await look();
      forge.put(pr, { state: 'closed', closed_at: at(1), updated_at: at(1) });
      await look();
      await bench.ground.db
        .updateTable('slipway.runs')
        .set({ created_at: sql<Date>`created_at - interval '5 minutes'` })
        .where('pr_number', '=', pr)
        .execute();
      forge.put(pr, { state: 'open', closed_at: null, updated_at: at(2) });
      await look();
      await look();
      expect(await runsOf(pr)).toMatchObject([
        { head_sha: pull.head.sha, attempt: 2, stop_kind: null },
        { attempt: 1, stop_kind: 'cancelled' },
      ]);
    }));

  test('is not seen in drafts, other branches, and what nobody touched since the watch began', () =>
    withStage(async ({ forge, look }) => {
      forge.put(pr, { draft: true });
      forge.put(pr + 1, { base: { ref: 'develop', sha: makeSha(), repo: { full_name: 'acme/shop' } } });
      forge.put(pr + 2, { updated_at: '2020-01-01T00:00:00Z' });
      await look();
      expect(forge.asked).toHaveLength(1);
      for (const n of [pr, pr + 1, pr + 2]) expect(await runsOf(n)).toEqual([]);
      forge.put(pr + 2, { updated_at: new Date().toISOString() });
      forge.put(pr, { draft: false });
      await look();
      expect([await runsOf(pr), await runsOf(pr + 2)].map((runs) => runs.length)).toEqual([1, 1]);
    }));

  test('an older head than the live run’s starts nothing', () =>
    withStage(async ({ forge, look }) => {
      const pull = forge.put(pr);
      const newer = makeSha();
      bench.ancestry.add(`${pull.head.sha}<${newer}`);
      await webhook(
        makePullRequestEvent({ action: 'synchronize', pull_request: { number: pr, head: { sha: newer } } }),
      );
      await look();
      expect(await runsOf(pr)).toMatchObject([{ head_sha: newer, stop_kind: null }]);
    }));

  test('a repository of several services is not guessed at', () =>
    withStage(async ({ forge, deps }) => {
      forge.put(pr);
      const config = { ...deps.config, forge: { ...deps.config.forge, repos: ['acme/mono'] } };
      await pollDue({ ...deps, config }, new AbortController().signal);
      expect(await rowOf()).toMatchObject({ repo: 'acme/mono', found: '0', problem: null });
    }));
});

describe('row 26: deliveries at the same moment', () => {
  test('twenty of them and two servers that look are one run', () =>
    withStage(async ({ forge, deps, look }) => {
      const pull = forge.put(pr);
      const event = makePullRequestEvent({ pull_request: { number: pr, head: pull.head } });
      await look();
      const other = forge.put(pr + 1);
      const again = makePullRequestEvent({ pull_request: { number: pr + 1, head: other.head } });
      await Promise.all([
        lookNow(deps),
        lookNow(deps),
        ...Array.from({ length: 20 }, () => webhook(again)),
        webhook(event),
      ]);
      expect(await runsOf(pr)).toHaveLength(1);
      expect(await runsOf(pr + 1)).toHaveLength(1);
    }));

  test('one that comes between list and look is the newer word, even of a branch that was pushed by force', () =>
    withStage(async ({ forge, look }) => {
      forge.put(pr);
      const forced = makeSha();
      forge.onAsk = async (path) => {
        if (!path.endsWith(`/${pr}`)) return;
        await webhook(
          makePullRequestEvent({ action: 'synchronize', pull_request: { number: pr, head: { sha: forced } } }),
        );
      };
      await look();
      expect(await runsOf(pr)).toMatchObject([{ head_sha: forced, stop_kind: null }]);
    }));

  test('a pull request that closes, or moves on, between list and look starts nothing', () =>
    withStage(async ({ forge, look }) => {
      forge.put(pr);
      forge.put(pr + 1);
      forge.onAsk = (path) => {
        if (path.endsWith(`/${pr}`)) forge.put(pr, { state: 'closed', closed_at: new Date().toISOString() });
        if (path.endsWith(`/${pr + 1}`)) forge.put(pr + 1, { head: { ref: 'bulk', sha: makeSha(), repo: null } });
      };
      await look();
      expect([...(await runsOf(pr)), ...(await runsOf(pr + 1))]).toEqual([]);
    }));
});

describe('row 26: what the forge answers', () => {
  test('pages are followed, and asked for again only when they changed', () =>
    withStage(async ({ forge, look }) => {
      for (let n = 0; n < 120; n++) forge.put(pr + n, { draft: true });
      forge.put(pr + 119, { draft: false });
      await look();
      expect(forge.asked.filter((line) => line.includes('page='))).toHaveLength(3);
      expect(await runsOf(pr + 119)).toHaveLength(1);
      forge.asked.length = 0;
      await look();
      expect(forge.asked.map((line) => line.split(' ')[0])).toEqual(['304', '304', '304']);
      forge.put(pr + 60, { draft: false });
      forge.asked.length = 0;
      await look();
      expect(forge.asked.map((line) => line.split(' ')[0])).toEqual(['304', '200', '304', '200']);
      expect(await runsOf(pr + 60)).toHaveLength(1);
    }));

  test.each<[string, ForgeServer['faults'][number], RegExp]>([
    ['500', (res) => void res.writeHead(500).end('{"message":"boom"}'), /answered 500/],
    [
      'a body that is cut',
      (res) => void res.writeHead(200, { 'content-length': '900' }).write('[{"number":', () => res.destroy()),
      /no whole answer/,
    ],
    ['a connection that is cut', (res) => void res.destroy(), /no whole answer/],
    ['no JSON', (res) => void res.writeHead(200).end('<html>sorry</html>'), /something else than JSON/],
    ['no list', (res) => void res.writeHead(200).end('{"items":[]}'), /no list/],
    ['401', (res) => void res.writeHead(401).end('{}'), /SLIPWAY_GITHUB_TOKEN/],
    ['403 without a word on limits', (res) => void res.writeHead(403).end('{}'), /SLIPWAY_GITHUB_TOKEN/],
    ['404', (res) => void res.writeHead(404).end('{}'), /not there/],
    ['a redirect', (res) => void res.writeHead(301, { location: 'http://127.0.0.1:1/' }).end(), /renamed or moved/],
    ['more than can be meant', (res) => void res.writeHead(200).end(Buffer.alloc(17 * 1024 * 1024, ' ')), /more than/],
  ])('%s starts and stops nothing, is noted, backs off, and is over with the next good answer', (_what, fault, why) =>
    withStage(async ({ forge, look }) => {
      forge.put(pr);
      forge.faults.push(fault);
      await look();
      expect(await runsOf(pr)).toEqual([]);
      const row = await rowOf();
      expect(row.problem).toMatch(why);
      expect(row).toMatchObject({ failures: 1, ok_at: null });
      await look();
      expect(await runsOf(pr)).toHaveLength(1);
      expect(await rowOf()).toMatchObject({ failures: 0, problem: null });
    }),
  );

  test('silence ends at the time limit, and a delivery meanwhile is answered', () =>
    withStage(async ({ forge, look }) => {
      forge.put(pr);
      let delivered: Promise<{ kind: string }> | undefined;
      forge.faults.push((res) => {
        delivered = webhook(makePullRequestEvent({ pull_request: { number: pr + 1 } }));
        res.writeHead(200).write('[');
      });
      await look();
      expect((await rowOf()).problem).toMatch(/did not answer within 300 ms/);
      expect((await delivered)?.kind).toBe('created');
    }, 300));

  test('an entry that makes no sense keeps no other from its run', () =>
    withStage(async ({ forge, look }) => {
      forge.put(pr, { head: { ref: 'x', sha: 'abc', repo: null } });
      forge.put(pr + 1);
      await look();
      expect([await runsOf(pr), await runsOf(pr + 1)].map((runs) => runs.length)).toEqual([0, 1]);
    }));

  test('failures in the middle keep what was found, and the rest is found later', () =>
    withStage(async ({ forge, look }) => {
      forge.put(pr);
      forge.put(pr + 1);
      forge.onAsk = (path) => {
        if (path.endsWith(`/${pr}`)) forge.faults.push((res) => void res.writeHead(502).end());
      };
      await look();
      expect([await runsOf(pr), await runsOf(pr + 1)].map((runs) => runs.length)).toEqual([1, 0]);
      expect(await rowOf()).toMatchObject({ failures: 1, found: '1' });
      await look();
      expect(await runsOf(pr + 1)).toHaveLength(1);
    }));

  test.each<[string, number, Record<string, string>, number]>([
    ['retry-after of a secondary limit', 403, { 'retry-after': '1800' }, 1800],
    ['retry-after with 429', 429, { 'retry-after': '600' }, 600],
    ['429 alone', 429, {}, 60],
    ['an exhausted quota', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'IN_3000' }, 3000],
  ])('%s holds all repositories for so long', (_what, status, headers, seconds) =>
    withStage(async ({ forge, deps }) => {
      forge.put(pr);
      const reset = String(Math.ceil(Date.now() / 1000) + 3000);
      const told = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, v === 'IN_3000' ? reset : v]));
      forge.faults.push((res) => void res.writeHead(status, told).end('{"message":"slow down"}'));
      const config = { ...deps.config, forge: { ...deps.config.forge, repos: ['acme/mono', 'acme/shop'] } };
      const signal = new AbortController().signal;
      // Both have rows before the limit is met.
      await pollDue({ ...deps, config: { ...config, forge: { ...config.forge, repos: ['acme/shop'] } } }, signal);
      await pollDue({ ...deps, config }, signal);
      expect(forge.asked.filter((line) => line.includes('/acme/shop/'))).toHaveLength(1);
      const row = await bench.ground.db
        .selectFrom('slipway.forge_polls')
        .selectAll()
        .where('repo', '=', 'acme/shop')
        .executeTakeFirstOrThrow();
      expect(row.next_at.getTime()).toBeGreaterThanOrEqual(Date.now() + seconds * 500);
      expect(row.next_at.getTime()).toBeLessThanOrEqual(Date.now() + Math.max(seconds + 5, 185) * 1000);
      expect((await webhook(makePullRequestEvent({ pull_request: { number: pr } }))).kind).toBe('created');
    }),
  );
});

test('the figures say since when a watched repository is not known, and nothing of others', () =>
  withStage(async ({ forge, look }) => {
    forge.put(pr);
    await look();
    await bench.ground.db
      .updateTable('slipway.forge_polls')
      .set({ ok_at: new Date(Date.now() - 3_600_000) })
      .execute();
    const read = async (watchedRepos: string[]) =>
      (await makeFleetMetrics({ ...bench.ground, budgets: bench.config.budgets, watchedRepos }).text()).split('\n');
    const lines = (await read(['acme/shop'])).filter((line) => line.startsWith('slipway_forge_poll'));
    expect(Number(lines[0]?.split(' ')[1])).toBeGreaterThanOrEqual(3600);
    expect(lines[1]).toBe('slipway_forge_poll_found{repo="acme/shop"} 1');
    expect((await read([])).filter((line) => line.startsWith('slipway_forge_poll'))).toEqual([]);
  }));

test('a server with a token polls by itself, and one without does not', { timeout: 180_000 }, () =>
  withForge(async (forge) => {
    forge.put(pr);
    const service = {
      repository: '/nowhere',
      repo: 'acme/shop',
      delivery: { kind: 'local', command: ['node', 'x.js'] },
    };
    const file = { forge: { api_url: forge.url }, server: { port: 0 }, services: { shop: service } };
    const around = { AUDIT_LOG_DESTINATION: `${bench.ground.directory}/audit.jsonl` };
    const config = await bench.ground.config(file, { ...around, SLIPWAY_GITHUB_TOKEN: forge.token });
    const server = await startServerProcess(config, bench.ground.log);
    try {
      await eventually('the poll finds the pull request', async () => (await runsOf(pr)).length === 1, 60_000);
    } finally {
      await server.close();
    }
    forge.asked.length = 0;
    await bench.ground.db.deleteFrom('slipway.forge_polls').execute();
    await (await startServerProcess(await bench.ground.config(file, around), bench.ground.log)).close();
    expect(forge.asked).toEqual([]);
  }),
);
