import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readTree, sampleServiceDirectory } from '../../src/demo/demo-changes.ts';
import { DEMO_REPO, demoConfig } from '../../src/demo/demo-config.ts';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { readRunningStores } from '../../src/embedded/running-stores.ts';
import { RunDetail } from '../../src/http/api/schemas.ts';
import type { Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { packageRoot } from '../../src/package-root.ts';
import { openQueues } from '../../src/queues/connections.ts';
import { eventually } from '../support/eventually.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { readProcessesOf } from '../support/left-behind.ts';
import { type Ran, slipway, startUp, type Up } from '../support/slipway-up.ts';

const AUTHOR = 'nina@example.com';
const UNKNOWN_SHA = 'a'.repeat(40);

let directory: string;
let dataDir: string;
let repo: TestRepo;
let model: ModelServer;
let up: Up;
let admin: string;
let pr = 0;
let main: Sha;

beforeAll(async () => {
  model = await startModelServer({ port: 0, latencyMs: 5 });
  repo = makeTestRepo('up');
  // Nobody but the author has a part in a commit: one approval is enough then.
  repo.git('config', 'user.name', 'Nina');
  repo.git('config', 'user.email', AUTHOR);
  main = repo.commit({ files: readTree(sampleServiceDirectory), author: 'Owner', email: 'owner@example.com' });
  repo.push('main');
  directory = mkdtempSync(join(tmpdir(), 'slipway-up-'));
  dataDir = join(directory, '.slipway');
  writeFileSync(join(directory, 'slipway.yaml'), demoConfig(repo.origin));
  up = await startUp(directory);
  admin = up.out().trim();
});

afterAll(async () => {
  await up?.end('SIGTERM');
  await model?.close();
  repo?.remove();
  rmSync(directory, { recursive: true, force: true });
});

function run(...args: string[]): Promise<Ran> {
  return slipway(directory, { SLIPWAY_URL: up.url, SLIPWAY_TOKEN: admin }, ...args);
}

/** A head of its own on top of main, pushed as the next pull request. */
function propose(
  files: Readonly<Record<string, string | Uint8Array | null>>,
  from: string = main,
): { pr: string; head: Sha } {
  pr += 1;
  repo.git('checkout', '--quiet', '--detach', from);
  const head = repo.commit({ files, author: 'Nina', email: AUTHOR, message: `change ${pr}` });
  repo.push(`HEAD:refs/pull/${pr}/head`);
  return { pr: String(pr), head };
}

function enqueue(change: { pr: string; head: string }, ...more: string[]): Promise<Ran> {
  return run('enqueue', '--repo', DEMO_REPO, '--pr', change.pr, '--head', change.head, '--author', AUTHOR, ...more);
}

const Answer = z.object({
  run: z.object({
    id: z.string(),
    outcome: z.string().nullable(),
    outcome_reason: z.string().nullable(),
    route: z.string().nullable(),
  }),
  exit_code: z.int().optional(),
});

async function ended(change: { pr: string; head: string }, ...more: string[]) {
  const ran = await enqueue(change, '--wait', '--json', ...more);
  return { code: ran.code, ...Answer.parse(JSON.parse(ran.out)) };
}

async function detail(id: string) {
  const response = await fetch(`${up.url}/v1/runs/${id}`, { headers: { authorization: `Bearer ${admin}` } });
  return RunDetail.parse(await response.json());
}

/** Rows of the record and the runs, and jobs: what a refused request must not add to. */
async function readCounts(): Promise<Record<string, unknown>> {
  const stores = await readRunningStores(dataDir);
  const client = new pg.Client({ connectionString: stores?.databaseUrl });
  const queues = openQueues(stores?.redisUrl ?? '', makeLogger({ name: 'test', level: 'silent' }));
  await client.connect();
  try {
    const { rows } = await client.query(
      'select (select count(*) from slipway.runs) as runs, (select count(*) from audit.entry) as entries, (select count(*) from slipway.blobs) as blobs',
    );
    const jobs = await Promise.all(Object.values(queues.byName).map((queue) => queue.getJobCounts()));
    return { ...rows[0], jobs };
  } finally {
    await queues.close();
    await client.end();
  }
}

async function readTargetState() {
  const stores = await readRunningStores(dataDir);
  const response = await fetch(`${stores?.localTargetUrl}/v1/services/sample`, {
    headers: { authorization: `Bearer ${stores?.localTargetToken}` },
  });
  return { status: response.status, body: await response.json() };
}

async function readFinishedRuns(): Promise<string[]> {
  const text = await (await fetch(`${up.url}/metrics`, { headers: { authorization: `Bearer ${admin}` } })).text();
  return text.split('\n').filter((line) => line.startsWith('slipway_runs_total'));
}

describe('slipway up without a model', () => {
  it('prints the first admin token alone on stdout, and everything else on stderr', () => {
    expect(up.out()).toMatch(/^slw_[\w-]{43}\n$/);
    expect(up.err()).toContain('first production version deployed');
    expect(up.err()).not.toContain(admin);
  });

  it('makes, lists and revokes tokens', async () => {
    const made = await run('token', 'create', '--name', 'ci', '--scopes', 'enqueue,read');
    expect(made).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^token [\w-]{36}: shown this once, keep it now\n$/),
    });
    const token = made.out.trim();
    const withToken = () => slipway(directory, { SLIPWAY_URL: up.url, SLIPWAY_TOKEN: token }, 'status');
    expect(await withToken()).toMatchObject({ code: 0, err: 'no runs\n' });
    const listed = await run('token', 'list');
    expect(listed.out).toMatch(/first admin .*\n.* ci +machine +enqueue,read +live/);
    expect(listed.out).not.toContain(token);
    const id = /token ([\w-]{36})/.exec(made.err)?.[1] ?? '';
    expect(await run('token', 'revoke', id)).toMatchObject({ code: 0, out: `revoked ${id}\n` });
    expect(await withToken()).toMatchObject({ code: 2, err: expect.stringContaining('unknown, revoked or expired') });
    expect(await run('token', 'revoke', id)).toMatchObject({ code: 2, err: expect.stringContaining('no live token') });
    const [scope, person] = await Promise.all([
      run('token', 'create', '--name', 'x', '--scopes', 'root'),
      run('token', 'create', '--name', 'x', '--scopes', 'decide', '--person', 'zoe'),
    ]);
    expect(scope).toMatchObject({ code: 2, err: expect.stringContaining('none of enqueue, read, decide, admin') });
    expect(person).toMatchObject({ code: 2, err: expect.stringContaining('--person: zoe is not under people:') });
  });

  it('checks the configuration and names what is wrong in it', async () => {
    expect(await run('config', 'check')).toMatchObject({
      code: 0,
      out: expect.stringContaining('ok: 1 service, profile demo'),
    });
    writeFileSync(join(directory, 'bad.yaml'), 'thresholds:\n  canary_trafic_initial_pct: 5\n');
    expect(await run('config', 'check', '--config', 'bad.yaml')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/bad\.yaml:2:3 thresholds\.canary_trafic_initial_pct: .*canary_traffic_initial_pct/),
    });
  });

  it('refuses bad input by the name of its field and leaves nothing behind', async () => {
    const before = await readCounts();
    const good = ['enqueue', '--repo', DEMO_REPO, '--pr', '1', '--head', UNKNOWN_SHA, '--author', AUTHOR];
    const cases: [string[], RegExp][] = [
      [['enqueue'], /--repo: is missing\n {2}--pr: is missing\n {2}--head: is missing\n {2}--author: is missing/],
      [[...good, '--head', 'abc123'], /--head: must be a full commit sha/],
      [[...good, '--pr', 'seven'], /--pr: must be a number/],
      [[...good, '--repo', 'acme/nothing'], /repo: no service is built from acme\/nothing/],
      [
        [...good, '--service', 'nothing'],
        /service: acme\/sample-service has no service nothing \(use one of: sample\)/,
      ],
      [[...good, '--title', 'x'.repeat(301)], /--title: is too long: at most 300 characters/],
      [[...good, '--until', 'tomorrow'], /--until.*reviewed, outcome/],
    ];
    const ran = await Promise.all(cases.map(([args]) => run(...args)));
    for (const [index, [, said]] of cases.entries())
      expect(ran[index]).toMatchObject({ code: 2, out: '', err: expect.stringMatching(said) });
    const stranger = { SLIPWAY_URL: up.url };
    expect(await slipway(directory, stranger, ...good)).toMatchObject({
      code: 2,
      err: expect.stringContaining('set SLIPWAY_TOKEN'),
    });
    expect(await slipway(directory, { ...stranger, SLIPWAY_TOKEN: `slw_${'x'.repeat(43)}` }, ...good)).toMatchObject({
      code: 2,
      err: expect.stringContaining('SLIPWAY_TOKEN is not valid there'),
    });
    const post = (token: string, body: string) =>
      fetch(`${up.url}/v1/runs`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
    expect((await post(`slw_${'x'.repeat(43)}`, '{}')).status).toBe(401);
    const large = await post(admin, JSON.stringify({ title: 'x'.repeat(100_000) }));
    expect([large.status, await large.json()]).toMatchObject([413, { code: 'body_too_large' }]);
    expect(await readCounts()).toEqual(before);
  });

  it('blocks what the repository cannot give, with the reason', async () => {
    const [unknown, empty] = await Promise.all([
      ended({ pr: '900', head: UNKNOWN_SHA }),
      ended({ pr: '901', head: main }),
    ]);
    expect(unknown).toMatchObject({
      code: 4,
      run: { outcome: 'blocked', outcome_reason: expect.stringContaining('unknown_sha') },
    });
    expect(empty).toMatchObject({
      code: 4,
      run: { outcome: 'blocked', outcome_reason: expect.stringMatching(/empty|no_change|nothing/) },
    });
  });

  it('sends every change to a person, once, and follows, shows and cancels it', async () => {
    const change = propose({ 'NOTES.md': 'A note.\n' });
    const first = await ended(change, '--title', 'A note');
    expect(first).toMatchObject({ code: 3, exit_code: 3, run: { route: 'human', outcome: null } });
    const { id } = first.run;
    const again = await enqueue(change);
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringMatching(new RegExp(`^exists  ${id}  .*waiting for a person to decide\n`)),
    });
    expect(await run('status')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^RUN .*REASON OR TITLE\n[^]*waiting for a person to decide/),
    });
    expect((await run('status', id)).out).toMatch(/why +for a human since [^]*0 of 1 approvals/);
    expect((await run('audit', 'show', id)).out).toMatch(/review_evaluation {2}inconclusive .*risk 0\.5\n.*no_model/);
    expect(await run('approve', id, '--reason', 'fine')).toMatchObject({
      code: 2,
      err: expect.stringContaining('acts for no person'),
    });
    expect(await run('cancel', id, '--reason', 'not now')).toMatchObject({
      code: 0,
      out: `stopping; follow it with: slipway watch ${id}\n`,
    });
    const watched = await run('watch', id);
    expect(watched).toMatchObject({
      code: 9,
      out: expect.stringMatching(/pr\.opened[^]*run\.finished[^]*cancelled \(not now\)\n$/),
    });
    expect(await run('cancel', id, '--reason', 'again')).toMatchObject({ code: 0, out: 'already finished\n' });
  });

  it('verifies its record, exports it, and sees one changed byte', async () => {
    const verified = await run('audit', 'verify', '--json');
    const { head } = z
      .object({ ok: z.literal(true), head: z.object({ seq: z.string(), chainHash: z.string() }) })
      .parse(JSON.parse(verified.out));
    expect(await run('audit', 'verify', '--head', `${head.seq}:${head.chainHash}`)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ok: \d+ entries, head/),
    });
    expect(await run('audit', 'verify', '--head', `${Number(head.seq) + 5}:${head.chainHash}`)).toMatchObject({
      code: 1,
      out: expect.stringContaining('head_missing'),
    });
    const file = join(directory, 'export.jsonl');
    const exported = (await run('audit', 'export')).out;
    writeFileSync(file, exported);
    // An auditor has neither the server nor its configuration.
    const auditor = join(directory, 'auditor');
    mkdirSync(auditor);
    expect(await slipway(auditor, {}, 'audit', 'verify', '--file', file)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ok: /),
    });
    const at = exported.indexOf('not now');
    writeFileSync(file, `${exported.slice(0, at)}N${exported.slice(at + 1)}`);
    expect(await slipway(auditor, {}, 'audit', 'verify', '--file', file)).toMatchObject({
      code: 1,
      out: expect.stringContaining('FAILED'),
    });
  });

  it('refuses a second fleet in the same directory and names the first', async () => {
    expect(await run('up')).toMatchObject({ code: 1, out: '', err: expect.stringContaining(String(up.pid)) });
  });

  it('ends on SIGTERM with 0 and leaves no process, port, lock or address', async () => {
    const stores = await readRunningStores(dataDir);
    expect(await up.end('SIGTERM')).toBe('exit 0');
    expect(readProcessesOf(directory)).toEqual([]);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('owner') || name.startsWith('running'))).toEqual([]);
    for (const url of [up.url, stores?.localTargetUrl ?? '']) await expect(fetch(url)).rejects.toThrow('fetch failed');
    expect(await run('audit', 'verify')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/DATABASE_URL: is not set .*slipway up/),
    });
    expect(await run('status')).toMatchObject({ code: 1, err: expect.stringContaining('connection refused') });
  });
});

describe('slipway up again, with a model', () => {
  beforeAll(async () => {
    up = await startUp(directory, { ANTHROPIC_API_KEY: 'scripted-model', ANTHROPIC_BASE_URL: model.url });
  });

  it('makes no second first token; the old one and the record are still good', async () => {
    expect(up.out()).toBe('');
    expect((await run('status')).out).toContain('cancelled');
    expect(await run('audit', 'verify')).toMatchObject({ code: 0 });
  });

  it('describes the whole flow in a dry run and touches nothing', async () => {
    const [target, finished] = [await readTargetState(), await readFinishedRuns()];
    const tip = repo.git('ls-remote', repo.origin);
    const change = propose({
      'README.md': `${readFileSync(join(sampleServiceDirectory, 'README.md'), 'utf8')}\nMore to read.\n`,
    });
    const dry = await ended(change, '--dry-run');
    const { entries } = await detail(dry.run.id);
    expect(
      dry,
      entries.map(({ entry }) => `${entry.event} ${entry.outcome}: ${entry.rationale}`).join('\n'),
    ).toMatchObject({ code: 0, run: { route: 'automated', outcome: 'deployed' } });
    const events = new Set(entries.map(({ entry }) => entry.event));
    for (const event of [
      'run_enqueued',
      'review_evaluation',
      'staging_validation',
      'production_release',
      'run_finished',
    ])
      expect(events).toContain(event);
    expect(entries.filter(({ entry }) => !entry.dry_run)).toEqual([]);
    expect(target.status).toBe(200);
    expect(await readTargetState()).toEqual(target);
    expect(
      repo
        .git('ls-remote', repo.origin)
        .split('\n')
        .filter((line) => line.includes('refs/heads')),
    ).toEqual(tip.split('\n').filter((line) => line.includes('refs/heads')));
    expect(await readFinishedRuns()).toEqual(finished);
    expect((await run('status', dry.run.id)).out).toContain('dry run       yes: nothing is deployed or pushed');
  });

  it('ends the wait with the review where CI asks for it', async () => {
    const reviewed = await ended(propose({ 'NOTES.md': 'Another note.\n' }), '--until', 'reviewed');
    expect(reviewed).toMatchObject({ code: 0, run: { route: 'automated' } });
    await run('cancel', reviewed.run.id, '--reason', 'only the review was asked for');
  });

  it('sends what no model can read to a person, with the reason, and blocks a conflict', async () => {
    const binary = propose({ 'logo.bin': Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256)) });
    const large = propose({ 'data/large.txt': `${'0123456789 '.repeat(9)}\n`.repeat(62_000) });
    const conflict = propose({ 'README.md': 'Theirs.\n' });
    repo.git('checkout', '--quiet', '-B', 'main', main);
    main = repo.commit({ files: { 'README.md': 'Ours.\n' }, author: 'Owner', email: 'owner@example.com' });
    repo.push('main');
    const [noText, tooLarge, clash] = await Promise.all([ended(binary), ended(large), ended(conflict)]);
    expect(noText).toMatchObject({ code: 3, run: { route: 'human' } });
    expect(tooLarge).toMatchObject({ code: 3, run: { route: 'human' } });
    expect(clash).toMatchObject({
      code: 4,
      run: { outcome: 'blocked', outcome_reason: expect.stringContaining('merge_conflict') },
    });
    const reasons = async (id: string) => JSON.stringify((await detail(id)).escalations[0]?.package.reasons);
    expect(await reasons(noText.run.id)).toContain('nothing_readable');
    expect(await reasons(tooLarge.run.id)).toContain('diff_too_large');
  });
});

it('starts again after kill -9, with everything that was recorded, and leaves nothing when it ends', async () => {
  const before = await readCounts();
  expect(await up.end('SIGKILL')).toBe('SIGKILL');
  await eventually('the kernel ended the parts', () => readProcessesOf(directory).length === 0, 10_000);
  up = await startUp(directory);
  expect(up.out()).toBe('');
  expect(Number((await readCounts())['entries'])).toBeGreaterThanOrEqual(Number(before['entries']));
  expect(await run('audit', 'verify')).toMatchObject({ code: 0 });
  expect((await run('status')).out).toContain('waiting for a person to decide');
  expect(await up.end('SIGTERM')).toBe('exit 0');
  expect(readProcessesOf(directory)).toEqual([]);
  expect(existsSync(join(dataDir, 'running.json'))).toBe(false);
});

it('runs as `npx slipway` in a checkout, without a registry', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'slipway-npx-'));
  try {
    const { stdout } = await execa('npx', ['--no-install', 'slipway', '--version'], {
      cwd: packageRoot,
      env: { npm_config_cache: cache, npm_config_offline: 'true' },
    });
    expect(stdout).toBe(
      z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')))
        .version,
    );
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});
