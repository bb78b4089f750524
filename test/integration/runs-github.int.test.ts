import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { makeGit } from '../../src/change/git.ts';
import { closeAll } from '../../src/close-all.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { startEmbeddedRedis } from '../../src/embedded/start-embedded-redis.ts';
import { takeEvent, WEBHOOK } from '../../src/http/github/take-event.ts';
import { RunId } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { openQueues, type Queues } from '../../src/queues/connections.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import type { RunDesk } from '../../src/runs/run-desk.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { makePullRequestEvent } from '../support/github-delivery.ts';
import { openLog, PATIENT } from '../support/record.ts';
import { makeDatabase } from '../support/stores.ts';

const log = makeLogger({ level: 'silent', name: 'test' });
const closers: (() => Promise<unknown>)[] = [];
let repo: TestRepo;
let record: ReturnType<typeof openLog>;
let queues: Queues;
let desk: RunDesk;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-github-'));
  closers.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const [redis, database] = await Promise.all([startEmbeddedRedis({ dataDir: directory, log }), makeDatabase()]);
  closers.push(
    () => database.drop(),
    () => redis.close(),
  );
  record = openLog(database.appUrl, { limitsMs: PATIENT });
  closers.push(() => record.close());
  queues = openQueues(redis.url, log);
  closers.push(() => queues.close());
  repo = makeTestRepo('github');
  closers.push(async () => repo.remove());
  repo.commit({ files: { 'README.md': '# Shop\n' } });
  repo.push('main');
  const file = join(directory, 'slipway.yaml');
  const delivery = { kind: 'local', command: ['node', 'server.js'] };
  await writeFile(file, stringify({ services: { shop: { repository: repo.origin, repo: 'acme/shop', delivery } } }));
  const config = readConfig({ file, env: { SLIPWAY_DATA_DIR: directory } });
  const repository = makeGit({
    mirrorsDir: join(directory, 'mirrors'),
    artifactsDir: join(directory, 'artifacts'),
    log,
  });
  desk = makeRunDesk({ db: record.db, audit: record.audit, queues, config, repository, log });
});

afterAll(() => closeAll(closers, log));

/** Two heads of one pull request, the second on top of the first, pushed as GitHub keeps them. */
function openPullRequest(pr: number) {
  repo.git('checkout', '--quiet', '-B', `pr-${pr}`, 'main');
  const first = repo.commit({ files: { [`${pr}.txt`]: 'one\n' } });
  const second = repo.commit({ files: { [`${pr}.txt`]: 'two\n' } });
  repo.push(`${second}:refs/pull/${pr}/head`);
  const eventOf = (action: string, sha: string, over: object = {}) =>
    makePullRequestEvent({ action, pull_request: { number: pr, head: { sha }, ...over } });
  return { first, second, eventOf };
}

const take = (payload: unknown) =>
  takeEvent({ desk, targetBranches: () => ['main'], caller: WEBHOOK }, 'pull_request', payload);
const runsOf = (pr: number) => desk.list({ repo: 'acme/shop', pr_number: pr, limit: 200 });

test('threat 8: the same delivery a hundred times at once is one run, one entry, one flow', async () => {
  const { second, eventOf } = openPullRequest(1);
  const taken = await Promise.all(Array.from({ length: 100 }, () => take(eventOf('opened', second))));
  const runs = await runsOf(1);
  expect(runs).toHaveLength(1);
  const id = RunId.parse(runs[0]?.id);
  expect(taken.filter(({ kind }) => kind === 'created')).toHaveLength(1);
  expect(taken.filter(({ kind }) => kind === 'exists')).toHaveLength(99);
  const entries = await record.audit.list(id);
  expect(entries.map(({ entry }) => [entry.event, entry.actor])).toEqual([
    ['run_enqueued', { kind: 'system', id: 'github-webhook' }],
  ]);
  expect((await queues.byName.review.getJobs()).filter((job) => job.data.run_id === id)).toHaveLength(1);
});

test('threat 8: an old payload under a new id finds the newer head, whether the old one had a run or not', async () => {
  const seen = openPullRequest(2);
  await take(seen.eventOf('opened', seen.first));
  const newer = await take(seen.eventOf('synchronize', seen.second));
  expect(newer.kind).toBe('created');
  expect(await take(seen.eventOf('opened', seen.first))).toMatchObject({
    kind: 'older_head',
    run: { head_sha: seen.second },
  });
  expect(await runsOf(2)).toMatchObject([{ head_sha: seen.second, stop_kind: null }, { stop_kind: 'superseded' }]);

  const unseen = openPullRequest(3);
  await take(unseen.eventOf('synchronize', unseen.second));
  expect(await take(unseen.eventOf('opened', unseen.first))).toMatchObject({
    kind: 'older_head',
    run: { head_sha: unseen.second },
  });
  expect(await runsOf(3)).toMatchObject([{ head_sha: unseen.second, stop_kind: null }]);
});

describe('a push that puts a pull request back to an older head', () => {
  /** What GitHub sends of pushes, each a minute after the one before. */
  function pushes(pr: number) {
    const { first, second, eventOf } = openPullRequest(pr);
    let minute = 0;
    const push = (sha: string, before?: string) => {
      const at = new Date(Date.UTC(2026, 10, 28, 10, minute++)).toISOString();
      const event = eventOf(before === undefined ? 'opened' : 'synchronize', sha);
      return { ...event, before, pull_request: { ...event.pull_request, updated_at: at } };
    };
    return { first, second, push };
  }

  test.each(['is still stopping', 'is over'])('starts it again where its own run %s', async (how) => {
    const { first, second, push } = pushes(how === 'is over' ? 9 : 10);
    const pr = how === 'is over' ? 9 : 10;
    const [opened, pushed] = [push(first), push(second, first)];
    await take(opened);
    await take(pushed);
    const [replaced, superseded] = await runsOf(pr);
    if (how === 'is over') await finish(superseded);

    const back = push(first, second);
    expect(await take(back)).toMatchObject({ kind: 'created', run: { head_sha: first, attempt: 2 } });
    const [again] = await runsOf(pr);
    expect(await runsOf(pr)).toMatchObject([
      { head_sha: first, stop_kind: null },
      { head_sha: second, stop_kind: 'superseded', superseded_by: again?.id },
      { head_sha: first, stop_kind: 'superseded', superseded_by: replaced?.id },
    ]);
    // The same delivery again, and the older ones again.
    expect(await take(back)).toMatchObject({ kind: 'exists', run: { id: again?.id } });
    expect(await take(opened)).toMatchObject({ kind: 'exists', run: { id: again?.id } });
    expect(await take(pushed)).toMatchObject({ kind: 'older_head', run: { id: again?.id } });
    expect(await runsOf(pr)).toHaveLength(3);

    const forth = push(second, first);
    expect(await take(forth)).toMatchObject({ kind: 'created', run: { head_sha: second, attempt: 2 } });
    // Of a circle of pushes too: what was sent before is not taken for a push now.
    expect(await take(back)).toMatchObject({ kind: 'older_head', run: { head_sha: second, attempt: 2 } });
    const live = (await runsOf(pr)).filter((run) => run.stop_kind === null);
    expect(live).toMatchObject([{ head_sha: second, attempt: 2 }]);
  });

  test('keeps its own run where that is live, and the delivery of the head between comes late', async () => {
    const { first, second, push } = pushes(11);
    await take(push(first));
    const between = push(second, first);
    expect(await take(push(first, second))).toMatchObject({ kind: 'exists', run: { head_sha: first } });
    expect(await take(between)).toMatchObject({ kind: 'older_head', run: { head_sha: first } });
    expect(await runsOf(11)).toMatchObject([{ head_sha: first, stop_kind: null }]);
  });
});

test('a pull request that is opened again after it was closed has another run, once', async () => {
  const { second, eventOf } = openPullRequest(12);
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 28, 10, minute)).toISOString();
  const event = (action: string, minute: number) => eventOf(action, second, { updated_at: at(minute) });
  await take(eventOf('opened', second, { updated_at: at(0) }));
  await take(eventOf('closed', second, { merged: false, closed_at: new Date().toISOString() }));
  expect(await take(event('reopened', 2))).toMatchObject({ kind: 'created', run: { attempt: 2 } });
  expect(await take(event('reopened', 2))).toMatchObject({ kind: 'exists', run: { attempt: 2 } });
  expect(await take(event('opened', 0))).toMatchObject({ kind: 'exists', run: { attempt: 2 } });
  expect(await runsOf(12)).toMatchObject([{ stop_kind: null }, { stop_kind: 'cancelled' }]);
});

/** As `release` leaves a run that was stopped. */
async function finish(run: Run | undefined): Promise<void> {
  await record.db
    .updateTable('slipway.runs')
    .set({
      status: 'finished',
      outcome: run?.stop_kind === 'cancelled' ? 'cancelled' : 'superseded',
      finished_at: new Date(),
    })
    .where('id', '=', run?.id ?? '')
    .execute();
}

test('closing cancels the live run, on the record', async () => {
  const { second, eventOf } = openPullRequest(4);
  await take(eventOf('opened', second));
  const closed = await take(eventOf('closed', second, { merged: false, closed_at: new Date().toISOString() }));
  const [run] = await runsOf(4);
  expect(closed).toMatchObject({ kind: 'stopping', runs: [{ id: run?.id }] });
  const entries = await record.audit.list(RunId.parse(run?.id));
  expect(entries.at(-1)?.entry).toMatchObject({
    event: 'stop_requested',
    outcome: 'cancelled',
    actor: { kind: 'system', id: 'github-webhook' },
    rationale: 'the pull request was closed',
  });
});

test('a repository without a service is ignored with the desk’s own words', async () => {
  const taken = await take(makePullRequestEvent({ repo: 'acme/other' }));
  expect(taken).toMatchObject({
    kind: 'ignored',
    why: 'not_configured',
    detail: expect.stringContaining('no service is built from acme/other'),
  });
});
