import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { closeAll } from '../../src/close-all.ts';
import { readConfig } from '../../src/config/read-config.ts';
import type { DemoChange } from '../../src/demo/demo-changes.ts';
import { DEMO_REPO, demoConfig } from '../../src/demo/demo-config.ts';
import { makeRepository } from '../../src/demo/make-repository.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { makeLogger } from '../../src/log.ts';
import { openCore } from '../../src/open-core.ts';
import { issueToken } from '../../src/record-token.ts';
import { spawnSlipway } from '../../src/spawn-slipway.ts';
import { untilAnswers } from '../../src/until-answers.ts';
import { startGround } from '../../src/up.ts';
import { makeCanary, makeCanaryFinder } from '../support/canaries.ts';
import { dumpFiles, dumpPostgres, dumpRedis, type Place } from '../support/dump-stores.ts';
import { eventually } from '../support/eventually.ts';
import { deliver, makePullRequestEvent } from '../support/github-delivery.ts';
import { signIn } from '../support/http-server.ts';
import { type PryingModel, startPryingModel } from '../support/prying-model.ts';
import { type ProcessWatch, watchProcesses } from '../support/watch-processes.ts';

/** A change that says all it can about where it runs, wherever it runs. */
const PRYING: DemoChange = {
  key: 'good',
  title: 'Describe the host',
  branch: 'describe-host',
  author: { name: 'Nina Okafor', email: 'nina@example.com' },
  message: 'Describe the host\n',
  files: () => ({
    'src/host.js': [
      "import { readFileSync } from 'node:fs';",
      '',
      '/** What this process runs on, in one line. */',
      'export function describeHost() {',
      '  return `node ${process.version}`;',
      '}',
      '',
      "process.stdout.write(`# ${JSON.stringify(process.env)} ${readFileSync('/proc/self/environ', 'latin1')}\\n`);",
      '',
    ].join('\n'),
  }),
};

const BEGIN = 'SANDBOX-SAW-';
const END = '-WAS-SEEN';
/** Prints every environment and command line it can read, in hex so that no masking of output can hide a find, and fails. */
const PRYING_TEST = `
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describeHost } from '../src/host.js';

const read = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    return error.code;
  }
};

test('describes the host', () => {
  const processes = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  const seen = { env: process.env, self: read('/proc/self/environ'), others: processes.map((pid) => [read('/proc/' + pid + '/environ'), read('/proc/' + pid + '/cmdline').slice(0, 200)]) };
  console.log('${BEGIN}' + Buffer.from(JSON.stringify(seen)).toString('hex') + '${END}');
  assert.equal(describeHost(), 'never');
});
`;
const FINE_TEST = `
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { describeHost } from '../src/host.js';

test('names the version of node', () => {
  assert.match(describeHost(), /^node v[0-9]+/);
});
`;

const canaries = {
  model_key: makeCanary('model-key'),
  target_token: makeCanary('target-token'),
  redis_password: makeCanary('redis-password'),
  app_password: makeCanary('app-password'),
  admin_password: makeCanary('admin-password'),
  webhook_secret: makeCanary('webhook-secret'),
};
type CanaryName = keyof typeof canaries;

const STORES: readonly CanaryName[] = ['model_key', 'target_token', 'redis_password', 'app_password'];
/** What each part needs to know, and nothing else does. */
const MAY_HOLD: readonly { readonly command: RegExp; readonly secrets: readonly CanaryName[] }[] = [
  { command: /bin\/slipway\.js server\b/, secrets: [...STORES, 'webhook_secret'] },
  { command: /bin\/slipway\.js worker\b/, secrets: STORES },
  { command: /bin\/slipway\.js local-target\b/, secrets: ['target_token'] },
  { command: /bin\/slipway\.js guard\b/, secrets: ['app_password', 'target_token'] },
  // The shell that becomes one of them first asks whether `setpriv` works here.
  { command: /^(?:setpriv --pdeathsig KILL )?true$/, secrets: [...STORES, 'webhook_secret'] },
];

const log = makeLogger({ name: 'secrets', level: 'warn' });
const closers: (() => Promise<unknown>)[] = [];
let find: (bytes: Buffer | string) => string[] = makeCanaryFinder(canaries);
let directory: string;
let dataDir: string;
let model: PryingModel;
let watch: ProcessWatch;
let token: string;
let serverUrl: string;
let workerUrl: string;
let adminUrl: string;
let redisUrl: string;
let runId: string;

const RunAnswer = z.object({
  run: z.object({
    status: z.string(),
    route: z.string().nullable(),
    outcome: z.string().nullable(),
    outcome_reason: z.string().nullable(),
  }),
  entries: z.array(z.object({ entry: z.object({ event: z.string(), outcome: z.string() }) })),
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-secrets-'));
  await chmod(directory, 0o700);
  closers.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  dataDir = join(directory, 'data');
  await mkdir(dataDir, { mode: 0o700 });
  const keep = (name: string, text: string) => writeFile(join(dataDir, name), text, { mode: 0o600 });
  await keep('redis.json', JSON.stringify({ password: canaries.redis_password }));
  await keep('postgres.json', JSON.stringify({ password: canaries.admin_password }));
  await keep('app-password', canaries.app_password);
  await keep('local-target-token', canaries.target_token);

  const repository = await makeRepository(directory, [PRYING]);
  const configFile = join(directory, 'slipway.yaml');
  const logFile = join(directory, 'slipway.log');
  await writeFile(configFile, demoConfig(repository.url));
  model = await startPryingModel((attempt) => (attempt === 0 ? PRYING_TEST : FINE_TEST));
  closers.push(() => model.close());

  watch = watchProcesses(find, (command) => MAY_HOLD.find((part) => part.command.test(command))?.secrets ?? []);
  closers.push(async () => watch.stop());
  const outside = readConfig({ file: configFile, env: {} });
  const env = {
    ...outside.env,
    dataDir,
    logLevel: 'trace',
    auditLogDestination: join(directory, 'audit.log'),
    anthropicApiKey: canaries.model_key,
    anthropicBaseUrl: model.url,
  };
  const ground = await startGround({ ...outside, env }, { configFile, logFile, log });
  closers.push(() => ground.close());
  redisUrl = ground.config.env.redisUrl ?? '';
  const { port: postgresPort } = z
    .object({ port: z.int() })
    .parse(JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8')));
  adminUrl = `postgresql://postgres:${canaries.admin_password}@127.0.0.1:${postgresPort}/postgres`;

  const [port, workerPort] = [await takeFreePort(), await takeFreePort()];
  const start = (name: string, args: string[], extra: NodeJS.ProcessEnv = {}) => {
    const started = spawnSlipway({
      name,
      args: [...args, '--config', configFile],
      env: { ...ground.childEnv, ...extra },
      logFile,
    });
    closers.push(() => started.stop());
  };
  start('server', ['server'], { PORT: String(port), GITHUB_WEBHOOK_SECRET: canaries.webhook_secret });
  start('worker', ['worker', '--metrics-port', String(workerPort)]);
  serverUrl = `http://127.0.0.1:${port}`;
  workerUrl = `http://127.0.0.1:${workerPort}`;
  await Promise.all([untilAnswers(`${serverUrl}/readyz`), untilAnswers(`${workerUrl}/readyz`)]);

  const core = await openCore(ground.config, log);
  ({ token } = await issueToken(core, { name: 'mara', scopes: ['admin'], person: 'mara', expiresAt: null }));
  await core.close();
  find = makeCanaryFinder({ ...canaries, user_token: token });

  const pull_request = { number: 1, title: PRYING.title, user: { login: 'nina' }, head: { sha: repository.heads[0] } };
  const event = makePullRequestEvent({ repo: DEMO_REPO, pull_request });
  const delivered = await deliver(serverUrl, JSON.stringify(event), { secret: canaries.webhook_secret });
  ({ run_id: runId } = z.object({ result: z.literal('created'), run_id: z.string() }).parse(await delivered.json()));
  await eventually('the end of the run', async () => (await readRun()).run.status === 'finished', 120_000);
  watch.stop();
});

afterAll(() => closeAll(closers, log));

const get = (path: string, headers: Record<string, string> = { authorization: `Bearer ${token}` }) =>
  fetch(serverUrl + path, { headers });

async function readRun(): Promise<z.infer<typeof RunAnswer>> {
  return RunAnswer.parse(await (await get(`/v1/runs/${runId}`)).json());
}

/** Which secrets stand where. The places must hold `proof`, or nothing was looked at. */
function leaks(places: readonly Place[], proof: string): string[] {
  expect(
    places.some(({ bytes }) => bytes.includes(proof)),
    `none of ${places.length} places holds ${proof}`,
  ).toBe(true);
  return places.flatMap(({ where, bytes }) => find(bytes).map((name) => `${name} in ${where}`));
}

it('takes a prying change through review, test generation and staging', async () => {
  const { run, entries } = await readRun();
  const events = entries.map(({ entry }) => `${entry.event} ${entry.outcome}`);
  expect(events).toContain('review_evaluation reviewed');
  expect(events).toContain('test_generation validated');
  expect(events.filter((event) => event.startsWith('sandbox_run.completed'))).toHaveLength(2);
  expect(events.join('\n')).toContain('staging_deploy.completed');
  expect(run).toMatchObject({
    route: 'automated',
    outcome: 'blocked',
    outcome_reason: expect.stringContaining('no_baseline'),
  });
});

it('threat 5: the sandboxed test sees no secret, in its own environment or any other', () => {
  const retry = model.bodies.find((body) => body.includes(END)) ?? '';
  const hex = new RegExp(`${BEGIN}([0-9a-f]+)${END}`).exec(retry)?.[1];
  const seen = Buffer.from(hex ?? '', 'hex').toString();
  const Seen = z.object({
    env: z.record(z.string(), z.string()),
    self: z.string(),
    others: z.array(z.tuple([z.string(), z.string()])).min(1),
  });
  const { env, self } = Seen.parse(JSON.parse(seen));
  expect(Object.keys(env)).toEqual(expect.arrayContaining(['PATH', 'HOME']));
  expect(self).toContain('HOME=/tmp');
  expect(find(seen)).toEqual([]);
});

it('sends no secret to the model but its key, and that only in the header', () => {
  expect(
    leaks(
      model.bodies.map((body, n) => ({ where: `request ${n} to the model`, bytes: Buffer.from(body) })),
      BEGIN,
    ),
  ).toEqual([]);
});

it('shows no secret in a command line, and gives each process only its own', () => {
  expect([...watch.violations]).toEqual([]);
  for (const part of [
    'bin/slipway.js server',
    'bin/slipway.js worker',
    'bin/slipway.js local-target',
    'bin/slipway.js guard',
    'bwrap ',
    'SLIPWAY_ENVIRONMENT=staging',
    canaries.target_token,
  ])
    expect(watch.saw(part), part).toBe(true);
});

it('keeps no secret in Redis', async () => {
  expect(leaks(await dumpRedis(redisUrl), runId)).toEqual([]);
});

it('keeps no secret in any table', async () => {
  const places = await dumpPostgres(adminUrl);
  expect(places.map(({ where }) => where)).toEqual(
    expect.arrayContaining(['table slipway.tokens', 'table slipway.blobs', 'table audit.entry']),
  );
  expect(leaks(places, PRYING.title)).toEqual([]);
});

it('shows no secret over HTTP', async () => {
  const { cookie } = await signIn(serverUrl, token);
  const pages = ['/', '/?view=all', `/runs/${runId}`, '/login', '/admin/queues'].map(
    (path) => [path, { cookie, accept: 'text/html' }] as const,
  );
  const api = [
    '/metrics',
    '/readyz',
    '/version',
    '/openapi.json',
    '/v1/runs',
    `/v1/runs/${runId}`,
    `/v1/audit?run=${runId}`,
  ];
  const board = ['review', 'test-gen', 'staging', 'agents', 'release'].map(
    (queue) => `/admin/queues/api/queues?activeQueue=${queue}&status=completed&page=1`,
  );
  const bearer = { authorization: `Bearer ${token}` };
  const asked = [...pages, ...[...api, ...board].map((path) => [path, bearer] as const)];
  const places: Place[] = [];
  for (const [path, headers] of asked) {
    const response = await get(path, headers);
    expect([path, response.status]).toEqual([path, 200]);
    places.push({ where: path, bytes: Buffer.from(await response.text()) });
  }
  for (const path of ['/metrics', '/readyz'])
    places.push({ where: `worker ${path}`, bytes: Buffer.from(await (await fetch(workerUrl + path)).text()) });
  expect(leaks(places, runId)).toEqual([]);
});

it('writes no secret to a file but the few that are there to hold one, closed to others', async () => {
  const holders = ['redis.json', 'postgres.json', 'app-password', 'local-target-token', 'running.json'].map((name) =>
    join(dataDir, name),
  );
  const places = await dumpFiles(directory, holders);
  const names = places.map(({ where }) => where);
  for (const part of [
    'slipway.log',
    'audit.log',
    'data/redis/',
    'data/postgres/',
    'data/mirrors/',
    'data/artifacts/',
    'data/local-target/',
  ])
    expect(
      names.some((name) => name.startsWith(join(directory, part))),
      part,
    ).toBe(true);
  expect(
    leaks(
      places.filter(({ where }) => where.endsWith('slipway.log')),
      runId,
    ),
  ).toEqual([]);
  expect(
    leaks(
      places.filter(({ where }) => where.endsWith('audit.log')),
      runId,
    ),
  ).toEqual([]);
  expect(leaks(places, runId)).toEqual([]);
});
