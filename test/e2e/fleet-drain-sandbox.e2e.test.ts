import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeGit } from '../../src/change/git.ts';
import { sendSignal } from '../../src/embedded/end-orphans.ts';
import { findProcessesIn } from '../../src/embedded/processes.ts';
import type { RunId } from '../../src/ids.ts';
import { agentCallId, stageJobId } from '../../src/queues/job-ids.ts';
import type { QueueName } from '../../src/queues/registry.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import type { RunDesk } from '../../src/runs/run-desk.ts';
import { eventually } from '../support/eventually.ts';
import { CI } from '../support/fleet-flow.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { readProcessesOf } from '../support/left-behind.ts';
import { startPassingModel } from '../support/passing-model.ts';
import { untilDraining } from '../support/until-draining.ts';

/** Only the tests of this file lie in a directory of this name, so a process that names it is one of its sandboxes. */
const TESTS = 'drained-tests';
/** The generated test ends only under a replica whose command has this flag. */
const LETS_GO = '--no-warnings';
const HELD_TEST = [
  "import { test } from 'node:test';",
  "import { setTimeout as wait } from 'node:timers/promises';",
  "test('ends where it is let go', async () => {",
  `  while (!process.execArgv.includes('${LETS_GO}')) await wait(50);`,
  '});',
  '',
].join('\n');
const PATIENCE_MS = 50_000;

let ground: FleetGround;
let repo: TestRepo;
let model: Awaited<ReturnType<typeof startPassingModel>>;
let desk: RunDesk;
/** `task of pull request`, in the order in which the model was asked. */
const asked: string[] = [];
/** Of this pull request the model says nothing. */
let silentFor: number | null = null;
let replica: FleetProcess | undefined;

beforeAll(async () => {
  ground = await makeFleetGround();
  repo = makeTestRepo('drain');
  repo.commit({ files: { 'package.json': '{ "type": "module" }\n', 'server.js': "console.log('one');\n" } });
  repo.push('main');
  model = await startPassingModel(({ model: name, input }, response) => {
    asked.push(`${input.task} of ${input.change.pr_number}`);
    if (input.change.pr_number === silentFor) return true;
    if (input.task !== 'test-gen') return false;
    const { pr_number, head_sha } = input.change;
    const answer = { change_echo: { pr_number, head_sha }, test_code: HELD_TEST, targets: ['double'], edge_cases: [] };
    const frame = { id: 'msg', type: 'message', role: 'assistant', model: name, stop_reason: 'end_turn' };
    const content = [{ type: 'text', text: JSON.stringify(answer) }];
    const usage = { input_tokens: 100, output_tokens: 20 };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...frame, stop_sequence: null, content, usage }));
    return true;
  });
  const repository = makeGit({ mirrorsDir: join(repo.root, 'm'), artifactsDir: join(repo.root, 'a'), log: ground.log });
  desk = makeRunDesk({ ...ground, config: await ground.config(configOf([])), repository });
});
afterEach(async () => {
  await replica?.kill();
});
afterAll(async () => {
  await model?.close();
  await ground?.close();
  repo?.remove();
});

function configOf(flags: readonly string[]) {
  return {
    fleet: { grace_period_s: 20 },
    services: {
      shop: {
        repository: repo.origin,
        repo: 'acme/shop',
        tests: {
          command: ['node', ...flags, '--test', '--test-reporter=tap', '{file}'],
          directory: TESTS,
          pattern: `${TESTS}/**/*.test.js`,
          report: 'tap',
          timeout_s: 300,
        },
        delivery: { kind: 'local', command: ['node', 'server.js'] },
      },
    },
    people: { nina: { emails: ['nina@example.com'], logins: ['nina'] } },
  };
}

/** One job of each queue at once, so that what comes next has to wait. */
async function startReplica(flags: readonly string[]): Promise<FleetProcess> {
  const file = join(ground.directory, `replica${flags.join('')}.yaml`);
  await writeFile(file, stringify(configOf(flags)));
  const stages = 'review,test-gen,agents,approvals';
  replica = await startProcess('worker', ['--config', file, '--stages', stages, '--concurrency', '1'], {
    REDIS_URL: ground.redisUrl,
    DATABASE_URL: ground.databaseUrl,
    SLIPWAY_DATA_DIR: ground.directory,
    ANTHROPIC_API_KEY: 'any',
    ANTHROPIC_BASE_URL: model.url,
  });
  return replica;
}

async function enqueue(pr: number, files: Record<string, string>): Promise<RunId> {
  repo.git('checkout', '--quiet', '-B', `pr-${pr}`, 'main');
  const head = repo.commit({ files, message: `Change ${pr}`, author: 'Nina', email: 'nina@example.com' });
  repo.push(`${head}:refs/pull/${pr}/head`);
  const title = `Change ${pr}`;
  const about = {
    repo: 'acme/shop',
    pr_number: pr,
    head_sha: head,
    title,
    author: 'nina',
    again: false,
    dry_run: false,
  };
  const result = await desk.enqueue(about, CI);
  if (result.kind === 'older_head') throw new Error('an older head');
  return result.run.id as RunId;
}

/** A function that no test mentions. */
const untested = (pr: number) => ({
  [`src/double-${pr}.js`]: [
    '/**',
    ' * Twice the value.',
    ' *',
    ` * @example double${pr}(2) // => 4`,
    ' */',
    `export function double${pr}(value) {`,
    '  return value * 2;',
    '}',
    '',
  ].join('\n'),
});

async function jobOf(queue: QueueName, id: string) {
  const job = await ground.queues.byName[queue].getJob(id);
  const state = (await job?.getState()) ?? 'gone';
  return { state, attempts: job?.attemptsMade, deaths: job?.stalledCounter, taken: job?.processedOn !== undefined };
}

const recorded = async (run: RunId, event: string) =>
  (await ground.audit.list(run)).find(({ entry }) => entry.event === event);
const inSandbox = () => readProcessesOf(`${TESTS}/slipway_pr`);

it('SIGTERM with a test in the sandbox and a model call in flight: exit 0, both cost no attempt, another replica ends both', async () => {
  const first = await startReplica([]);
  const tested = await enqueue(1, untested(1));
  await eventually('the test runs', () => inSandbox().length > 0, PATIENCE_MS);
  silentFor = 2;
  const reviewed = await enqueue(2, { 'notes.md': '# Two\n', 'src/two.js': 'export const two = 2;\n' });
  await eventually('the model is asked', () => asked.includes('review of 2'), PATIENCE_MS);
  const next = await enqueue(3, { 'src/three.js': 'export const three = 3;\n' });
  const nextCall = agentCallId(next, 'review', 'review', 0);
  await eventually('a call waits', async () => (await jobOf('agents', nextCall)).state === 'waiting', PATIENCE_MS);

  expect(await first.stop()).toBe(0);
  const handedBack = { state: 'waiting', attempts: 0, deaths: 0, taken: true };
  expect(await jobOf('test-gen', stageJobId(tested, 'test-gen'))).toEqual(handedBack);
  expect(await jobOf('agents', agentCallId(reviewed, 'review', 'review', 0))).toEqual(handedBack);
  expect(await jobOf('agents', nextCall)).toEqual({ ...handedBack, taken: false });
  expect(inSandbox()).toEqual([]);
  expect(await recorded(tested, 'sandbox_run.completed')).toBeUndefined();

  silentFor = null;
  const second = await startReplica([LETS_GO]);
  const run = await eventually('the test has ended', () => recorded(tested, 'sandbox_run.completed'), PATIENCE_MS);
  expect(run.entry.payload['result']).toMatchObject({ verdict: 'green' });
  for (const id of [reviewed, next])
    await eventually('the review has ended', () => recorded(id, 'review_evaluation'), PATIENCE_MS);
  // What the first replica was told is stored: only the call that it broke off is made again.
  expect(asked.filter((text) => text === 'test-gen of 1')).toHaveLength(1);
  expect(asked.filter((text) => text === 'review of 2')).toHaveLength(2);
  expect(await second.stop()).toBe(0);
});

it('a second signal while a test is in the sandbox: the replica ends at once, and the test with it', async () => {
  const worker = await startReplica([]);
  await enqueue(4, untested(4));
  await eventually('the test runs', () => inSandbox().length > 0, PATIENCE_MS);
  const redis = await findProcessesIn(join(ground.directory, 'redis'), ['redis-server', 'valkey-server']);
  try {
    // Nothing can be handed back, so it would drain until its grace period is over.
    for (const pid of redis) sendSignal(pid, 'SIGSTOP');
    sendSignal(worker.pid, 'SIGTERM');
    await untilDraining(worker);
    expect(await worker.stop()).toBeNull();
  } finally {
    for (const pid of redis) sendSignal(pid, 'SIGCONT');
  }
  await eventually('nothing of the test is left', () => inSandbox().length === 0);
});
